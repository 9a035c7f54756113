from nn.estimators.absent import *
