from nn.errors import *
