"""Classes of very different frequency, as in most data that nobody has balanced."""

from dataclasses import replace

import torch

from app.distillation.datasets import Material, generator

SEEDED = True


def vary(material: Material, seed: int, amount: float) -> Material:
    """The same material with fewer images of each class than of the one before; the test images stay balanced.

    amount: ≥ 1, how many images the most frequent class has for one of the rarest. Between them the numbers fall
    exponentially (Cui et al. 2019). Which class has which rank, and which of its images stay, is the seed's.
    """
    labels, draw = material.pool_labels, generator(seed, "long tail")
    classes = int(labels.max()) + 1
    most = int(torch.bincount(labels).min())  # so that every class can be the most frequent one
    kept = torch.zeros_like(labels, dtype=torch.bool)
    for rank, one in enumerate(torch.randperm(classes, generator=draw).tolist()):
        members = (labels == one).nonzero().squeeze(1)
        count = max(1, round(most * amount ** (-rank / max(1, classes - 1))))
        kept[members[torch.randperm(len(members), generator=draw)[:count]]] = True
    return replace(material.part(kept), balanced=False)
