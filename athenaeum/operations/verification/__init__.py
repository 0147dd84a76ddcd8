"""Checks of a deployed stack that emulation cannot settle: each asks one thing and says what it saw."""
