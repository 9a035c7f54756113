from viz.model.labels import *
