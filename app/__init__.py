"""Distillery: learn knowledge distillation by running it."""
