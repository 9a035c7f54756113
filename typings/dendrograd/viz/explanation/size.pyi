from viz.explanation.size import *
