from viz.formats.mermaid import *
