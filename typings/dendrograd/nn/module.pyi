from nn.module import *
