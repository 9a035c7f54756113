from nn.estimators.training import *
