"""Files to pages and sections."""
