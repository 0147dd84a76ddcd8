"""Reading requests: bodies, tokens, validation."""
