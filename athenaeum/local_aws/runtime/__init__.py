"""Running deployed functions on this machine."""
