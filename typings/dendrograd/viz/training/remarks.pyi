from viz.training.remarks import *
