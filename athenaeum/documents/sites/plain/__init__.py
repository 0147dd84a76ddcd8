"""Pages that no generator publishes: addresses and anchors by its rules, and what its configuration says."""
