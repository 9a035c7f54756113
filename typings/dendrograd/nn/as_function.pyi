from nn.as_function import *
