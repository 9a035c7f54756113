"""A page on which boxes open and close, and leaves can be changed."""
