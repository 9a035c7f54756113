from nn.state import *
