from viz.model.sums import *
