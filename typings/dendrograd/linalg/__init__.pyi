from engine.linalg import *
