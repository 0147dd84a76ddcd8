"""Commands for a deployed stack."""
