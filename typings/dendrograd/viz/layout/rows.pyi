from viz.layout.rows import *
