from nn.rows import *
