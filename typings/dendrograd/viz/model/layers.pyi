from viz.model.layers import *
