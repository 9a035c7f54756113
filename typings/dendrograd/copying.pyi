from engine.copying import *
