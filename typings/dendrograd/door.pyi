from engine.door import *
