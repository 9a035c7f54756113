from nn.estimators.lanes import *
