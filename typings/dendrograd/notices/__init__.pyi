from engine.notices import *
