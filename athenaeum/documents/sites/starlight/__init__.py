"""Starlight and other Astro sites: addresses and anchors by its rules, and what its configuration says."""
