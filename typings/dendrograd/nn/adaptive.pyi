from nn.adaptive import *
