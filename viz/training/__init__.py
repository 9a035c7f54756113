"""Charts and a report of a training."""
