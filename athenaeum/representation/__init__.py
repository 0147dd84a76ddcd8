"""What of a chunk is embedded and indexed."""
