from nn.estimators.settings import *
