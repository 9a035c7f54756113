from viz.model.own import *
