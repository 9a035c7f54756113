from nn.estimators.regressor import *
