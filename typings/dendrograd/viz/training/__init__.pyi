from viz.training import *
