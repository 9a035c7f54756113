from viz.explanation.paths import *
