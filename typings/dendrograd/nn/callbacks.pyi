from nn.callbacks import *
