from engine.series.functions import *
