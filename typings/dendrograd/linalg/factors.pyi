from engine.linalg.factors import *
