"""MkDocs, Material included: addresses and anchors by its rules, and what its configuration says."""
