"""What a repository and an account need before the first merge: looked at by `doctor`, written by `init`."""
