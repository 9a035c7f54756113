from engine.compiler.rolled.page import *
