from nn.sequential import *
