from viz.layout.ranking import *
