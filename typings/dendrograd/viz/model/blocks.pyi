from viz.model.blocks import *
