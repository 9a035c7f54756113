from engine.notices.listen import *
