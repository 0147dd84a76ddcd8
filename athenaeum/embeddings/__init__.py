"""Text to vectors, with the encoder that an index names."""
