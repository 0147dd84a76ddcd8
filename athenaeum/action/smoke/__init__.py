"""The questions that a live endpoint must answer after a publish."""
