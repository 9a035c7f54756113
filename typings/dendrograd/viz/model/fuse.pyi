from viz.model.fuse import *
