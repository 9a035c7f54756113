from nn.compiling import *
