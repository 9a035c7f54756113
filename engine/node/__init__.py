"""How a Value is kept and made: its edges, its arguments, its methods."""
