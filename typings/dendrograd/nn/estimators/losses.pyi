from nn.estimators.losses import *
