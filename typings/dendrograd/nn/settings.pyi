from nn.settings import *
