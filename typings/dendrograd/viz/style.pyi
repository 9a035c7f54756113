from viz.style import *
