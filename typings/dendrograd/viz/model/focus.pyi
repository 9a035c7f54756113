from viz.model.focus import *
