from nn.over_rows import *
