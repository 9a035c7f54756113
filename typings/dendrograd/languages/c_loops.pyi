from engine.languages.c_loops import *
