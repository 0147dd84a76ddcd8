"""The build of a release: what changed, and what must be done for it."""
