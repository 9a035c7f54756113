from nn.twin import *
