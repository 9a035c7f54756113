from engine.digamma_root import *
