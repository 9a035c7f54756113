from nn.habits import *
