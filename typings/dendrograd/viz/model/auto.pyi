from viz.model.auto import *
