from engine.number import *
