from viz.layout.assembly import *
