from viz.model import *
