from nn.estimators.answer import *
