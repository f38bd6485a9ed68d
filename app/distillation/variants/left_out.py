"""A class that no student learns from."""

from __future__ import annotations

from app.distillation.datasets import Material

SEEDED = False


def vary(material: Material, _seed: int, amount: float) -> Material:
    """The same material with no image of the class `amount` to learn from; the test images stay as they are."""
    return material.part(material.pool_labels != int(amount))
