from viz.model.grouping import *
