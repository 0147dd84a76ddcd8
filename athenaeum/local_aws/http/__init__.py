"""Requests and responses of the ports: framing, signatures, events."""
