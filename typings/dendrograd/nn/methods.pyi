from nn.methods import *
