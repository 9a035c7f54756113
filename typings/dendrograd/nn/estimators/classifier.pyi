from nn.estimators.classifier import *
