"""Where releases lie: a folder or a bucket."""
