"""A long tail with other images of any class beside it, which have no label: all that the tail leaves out."""

from dataclasses import replace

from app.distillation.datasets import Material
from app.distillation.variants.long_tail import kept

SEEDED = True


def vary(material: Material, seed: int, amount: float) -> Material:
    """The long tail of the same seed and amount, and all other images of the material, which have no label."""
    return replace(material, balanced=False, labelled=kept(material.pool_labels, seed, amount))
