"""Property tests here draw the same examples every time, and have all the time they need on a busy machine."""

from hypothesis import settings

settings.register_profile("distillation", deadline=None, derandomize=True, max_examples=20, database=None)
settings.load_profile("distillation")
