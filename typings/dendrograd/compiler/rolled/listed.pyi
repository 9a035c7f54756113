from engine.compiler.rolled.listed import *
