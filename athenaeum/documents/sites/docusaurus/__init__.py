"""Docusaurus: addresses and anchors by its rules, and what its configuration says."""
