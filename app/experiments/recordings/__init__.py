"""Finished experiments that come along, and how they are read."""
