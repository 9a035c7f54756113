from nn.stepping import *
