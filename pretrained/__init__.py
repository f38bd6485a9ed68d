"""Shipped teachers, sample images and recordings, and the scripts that made them."""
