from nn.reached import *
