from viz.model.snapshot import *
