from viz.page import *
