from viz import *
