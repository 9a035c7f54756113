from nn.agreement import *
