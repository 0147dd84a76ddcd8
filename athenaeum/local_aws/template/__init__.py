"""What a deployed template says."""
