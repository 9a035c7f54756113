from engine.linalg.matrices import *
