from viz.text import *
