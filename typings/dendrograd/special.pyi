from engine.special import *
