from engine.notices.describe import *
