from engine.attributes import *
