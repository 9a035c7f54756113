from nn.schedules import *
