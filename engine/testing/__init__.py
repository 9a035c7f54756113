"""Checks of derivatives: of your functions, of your operations, of the engine itself."""
