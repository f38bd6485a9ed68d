"""Labels that are wrong."""

from dataclasses import replace

import torch

from app.distillation.datasets import Material, generator

SEEDED = True


def vary(material: Material, seed: int, amount: float) -> Material:
    """The same material with a wrong label at the share `amount` of its images; teacher and test images stay right.

    The wrong one is any other class, all equally likely. What validates a setting has wrong labels as well, as it
    would outside of an experiment.
    """
    labels, draw = material.pool_labels.clone(), generator(seed, "noise")
    classes = int(labels.max()) + 1
    wrong = torch.randperm(len(labels), generator=draw)[: round(amount * len(labels))]
    labels[wrong] = (labels[wrong] + torch.randint(1, classes, wrong.shape, generator=draw)) % classes
    return replace(material, pool_labels=labels)
