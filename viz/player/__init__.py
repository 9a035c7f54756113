"""A player that shows a forward and a backward pass, one step at a time."""
