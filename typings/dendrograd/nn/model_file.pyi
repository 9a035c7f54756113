from nn.model_file import *
