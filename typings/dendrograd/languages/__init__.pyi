from engine.languages import *
