"""Neurons, layers and training on top of dendrograd."""
