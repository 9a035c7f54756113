from nn.estimators.tables import *
