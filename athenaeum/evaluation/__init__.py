"""Questions to scores to a verdict and a report."""
