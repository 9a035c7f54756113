from nn.entropy import *
