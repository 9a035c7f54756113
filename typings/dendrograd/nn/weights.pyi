from nn.weights import *
