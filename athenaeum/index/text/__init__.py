"""Words: tokens, stop words and spelling."""
