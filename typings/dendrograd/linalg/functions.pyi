from engine.linalg.functions import *
