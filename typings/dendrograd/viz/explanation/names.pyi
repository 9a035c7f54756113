from viz.explanation.names import *
