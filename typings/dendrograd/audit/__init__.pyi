from engine.audit import *
