from nn.estimators.rows import *
