from engine.errorbars.covariance import *
