from nn.history import *
