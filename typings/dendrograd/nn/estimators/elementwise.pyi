from nn.estimators.elementwise import *
