from viz.model.notes import *
