from nn.estimators.steps import *
