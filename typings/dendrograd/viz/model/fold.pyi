from viz.model.fold import *
