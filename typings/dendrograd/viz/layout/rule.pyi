from viz.layout.rule import *
