"""GET and POST /search, and pages as Markdown."""
