from viz.training.boundary import *
