from viz.model.contents import *
