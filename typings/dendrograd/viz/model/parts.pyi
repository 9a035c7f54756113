from viz.model.parts import *
