from viz.layout.placing import *
