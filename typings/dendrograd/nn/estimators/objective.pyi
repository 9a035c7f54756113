from nn.estimators.objective import *
