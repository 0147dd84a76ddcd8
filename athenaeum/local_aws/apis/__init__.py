"""The AWS APIs that are emulated."""
