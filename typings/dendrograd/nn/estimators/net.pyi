from nn.estimators.net import *
