"""Shipped teachers, sample images and recorded runs, and the scripts that made them."""
