"""Classes of very different frequency, as in most data that nobody has balanced."""

from dataclasses import replace

import torch
from torch import Tensor

from app.distillation.datasets import Material, generator

SEEDED = True


def vary(material: Material, seed: int, amount: float) -> Material:
    """The same material with fewer images of each class than of the one before; the test images stay balanced.

    amount: ≥ 1, how many images the most frequent class has for one of the rarest. Between them the numbers fall
    exponentially (Cui et al. 2019). Which class has which rank, and which of its images stay, is the seed's.
    """
    return replace(material.part(kept(material.pool_labels, seed, amount)), balanced=False)


def ranks(classes: int, seed: int) -> list[int]:
    """The classes of a seed, from the most frequent one to the rarest."""
    order: list[int] = torch.randperm(classes, generator=generator(seed, "long tail")).tolist()
    return order


def kept(labels: Tensor, seed: int, amount: float) -> Tensor:
    """Which images stay, (n,) bool. labels: (n,). amount: see `vary`."""
    classes, draw = int(labels.max()) + 1, generator(seed, "long tail")
    torch.randperm(classes, generator=draw)  # the ranks
    most = int(torch.bincount(labels).min())  # so that every class can be the most frequent one
    stay = torch.zeros_like(labels, dtype=torch.bool)
    for rank, one in enumerate(ranks(classes, seed)):
        members = (labels == one).nonzero().squeeze(1)
        count = max(1, round(most * amount ** (-rank / max(1, classes - 1))))
        stay[members[torch.randperm(len(members), generator=draw)[:count]]] = True
    return stay
