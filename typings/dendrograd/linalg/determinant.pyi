from engine.linalg.determinant import *
