from nn.reduction import *
