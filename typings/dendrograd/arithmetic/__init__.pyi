from engine.arithmetic import *
