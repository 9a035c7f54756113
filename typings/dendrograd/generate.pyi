from engine.generate import *
