from viz.layout.ordering import *
