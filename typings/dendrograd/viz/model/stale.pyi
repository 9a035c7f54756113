from viz.model.stale import *
