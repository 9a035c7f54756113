from viz.settings import *
