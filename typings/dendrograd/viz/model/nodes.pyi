from viz.model.nodes import *
