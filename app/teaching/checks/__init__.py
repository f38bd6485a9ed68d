"""Numbers of the lessons, computed anew from what was measured."""
