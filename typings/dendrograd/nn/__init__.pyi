from nn import *
