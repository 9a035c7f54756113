from nn.estimators.saving import *
