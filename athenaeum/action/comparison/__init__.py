"""What a change does to docs: which page, section and paragraph became which, and what is lost. Pure but for `diff`."""
