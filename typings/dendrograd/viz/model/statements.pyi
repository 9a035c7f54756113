from viz.model.statements import *
