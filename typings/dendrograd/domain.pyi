from engine.domain import *
