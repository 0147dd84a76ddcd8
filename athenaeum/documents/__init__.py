"""Files to pages to sections to chunks. Knows nothing of vectors."""
