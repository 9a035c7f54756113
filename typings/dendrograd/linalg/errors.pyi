from engine.linalg.errors import *
