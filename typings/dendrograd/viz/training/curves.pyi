from viz.training.curves import *
