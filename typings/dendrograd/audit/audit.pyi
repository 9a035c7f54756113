from engine.audit.audit import *
