from viz.model.picture import *
