from viz.explanation.tree import *
