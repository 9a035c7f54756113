from viz.model.folded import *
