from nn.parameters import *
