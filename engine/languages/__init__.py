"""Programs as text of a language; nothing is run here."""
