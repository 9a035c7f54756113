from viz.model.names import *
