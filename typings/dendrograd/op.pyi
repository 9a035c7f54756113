from engine.op import *
