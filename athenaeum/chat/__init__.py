"""Hits and a question to a cited answer; one file per provider."""
