from viz.training.units import *
