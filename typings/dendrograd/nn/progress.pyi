from nn.progress import *
