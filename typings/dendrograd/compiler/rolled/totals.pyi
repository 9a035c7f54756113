from engine.compiler.rolled.totals import *
