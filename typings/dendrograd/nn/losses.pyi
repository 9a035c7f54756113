from nn.losses import *
