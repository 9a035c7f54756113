from engine.testing.oracles import *
