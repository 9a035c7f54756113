from viz.formats.by_graphviz import *
