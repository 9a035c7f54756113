from nn.estimators.base import *
