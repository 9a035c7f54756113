from viz.training.training import *
