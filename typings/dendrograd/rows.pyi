from engine.rows import *
