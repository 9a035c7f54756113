from nn.activations import *
