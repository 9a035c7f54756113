from nn.clip import *
