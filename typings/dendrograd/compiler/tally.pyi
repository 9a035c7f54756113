from engine.compiler.tally import *
