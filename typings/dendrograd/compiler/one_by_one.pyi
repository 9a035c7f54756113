from engine.compiler.one_by_one import *
