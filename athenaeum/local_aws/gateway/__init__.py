"""HTTP in front of deployed functions."""
