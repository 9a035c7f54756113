from engine.compiler.rolled.source import *
