from engine.diagnose import *
