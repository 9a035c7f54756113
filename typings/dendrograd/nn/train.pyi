from nn.train import *
