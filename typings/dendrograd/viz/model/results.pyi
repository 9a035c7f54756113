from viz.model.results import *
