"""What the action tells a pull request, and how it reaches the forge."""
