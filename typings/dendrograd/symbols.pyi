from engine.symbols import *
