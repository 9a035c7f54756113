from nn.architecture import *
