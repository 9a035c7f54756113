from nn.estimators.lbfgs import *
