from viz.training.report import *
