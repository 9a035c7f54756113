from viz.model.spoken import *
