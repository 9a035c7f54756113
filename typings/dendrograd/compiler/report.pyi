from engine.compiler.report import *
