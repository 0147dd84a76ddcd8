"""The shapes, limits and errors that a client sees."""
