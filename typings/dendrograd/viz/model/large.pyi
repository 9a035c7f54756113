from viz.model.large import *
