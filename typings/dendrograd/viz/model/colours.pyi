from viz.model.colours import *
