from nn.evaluating import *
