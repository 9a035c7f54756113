from engine.derived import *
