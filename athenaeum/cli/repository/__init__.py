"""Commands that set up a repository and an account."""
