from nn.checkpoint import *
