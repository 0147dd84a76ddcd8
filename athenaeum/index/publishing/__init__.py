"""Making a release live, and what follows from it: rollback, prune, mirror."""
