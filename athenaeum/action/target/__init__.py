"""Where a run deploys to: credentials, project, stack and its fingerprint."""
