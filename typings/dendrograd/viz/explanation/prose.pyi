from viz.explanation.prose import *
