"""Which files are pages, and what their bytes say."""
