from nn.predictor import *
