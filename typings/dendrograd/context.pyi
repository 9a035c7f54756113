from engine.context import *
