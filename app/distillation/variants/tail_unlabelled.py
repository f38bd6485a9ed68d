"""A long tail whose rarest classes are frequent among the images without a label."""

from dataclasses import replace

import torch

from app.distillation.datasets import Material
from app.distillation.variants.long_tail import kept, ranks

SEEDED = True
RAREST = 3  # classes


def vary(material: Material, seed: int, amount: float) -> Material:
    """The long tail of the same seed and amount, and all other images of its rarest classes, which have no label."""
    labels = material.pool_labels
    named = kept(labels, seed, amount)
    rare = torch.isin(labels, torch.tensor(ranks(int(labels.max()) + 1, seed)[-RAREST:]))
    return replace(material.part(named | rare), balanced=False, labelled=named[named | rare])
