from viz.training.columns import *
