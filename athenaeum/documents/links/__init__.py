"""Links of pages: where they stand and where they lead."""
