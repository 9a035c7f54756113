from engine.series.kind import *
