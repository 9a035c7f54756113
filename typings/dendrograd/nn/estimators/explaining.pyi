from nn.estimators.explaining import *
