"""Repeated scalar structure found again: a recorded program as a few array statements.

Sums lose their order (`absorb.py`), nodes alike get one colour (`colours.py`), a colour
becomes one array and one statement (`layout.py`), and the statements become a page of
NumPy (`page.py`) that is run (`running.py`) and told (`listed.py`). No pattern of any network
is known here.
"""
