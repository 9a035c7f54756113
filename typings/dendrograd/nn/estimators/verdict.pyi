from nn.estimators.verdict import *
