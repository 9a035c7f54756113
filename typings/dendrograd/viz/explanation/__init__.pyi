from viz.explanation import *
