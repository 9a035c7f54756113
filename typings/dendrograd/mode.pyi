from engine.mode import *
