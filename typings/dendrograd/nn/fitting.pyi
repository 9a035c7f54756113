from nn.fitting import *
