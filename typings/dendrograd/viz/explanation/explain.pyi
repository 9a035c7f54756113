from viz.explanation.explain import *
