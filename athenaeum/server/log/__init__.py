"""The log of the server and its metrics."""
