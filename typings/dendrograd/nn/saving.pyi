from nn.saving import *
