"""Pictures of a computational tree."""
