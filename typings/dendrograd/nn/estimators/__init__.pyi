from nn.estimators import *
