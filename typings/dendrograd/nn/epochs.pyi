from nn.epochs import *
