from viz.explanation.below import *
