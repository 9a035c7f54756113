from viz.model.frames import *
