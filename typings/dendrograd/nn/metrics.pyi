from nn.metrics import *
