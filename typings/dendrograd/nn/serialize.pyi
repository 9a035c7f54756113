from nn.serialize import *
