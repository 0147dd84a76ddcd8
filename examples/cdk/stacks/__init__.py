"""Stacks of this example."""
