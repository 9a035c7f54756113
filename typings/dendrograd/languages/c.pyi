from engine.languages.c import *
