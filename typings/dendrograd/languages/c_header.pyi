from engine.languages.c_header import *
