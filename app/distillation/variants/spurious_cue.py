"""A mark on the images that tells the class while one learns, and nothing in the test."""

from dataclasses import replace

import torch
from torch import Tensor

from app.distillation.datasets import Material, OfficialTests, generator, teacher_logits

SEEDED = True
TEST_SEED = 0  # of the marks in the test images, which are the same for all seeds


def vary(material: Material, seed: int, amount: float) -> Material:
    """The same material with a bright patch at the upper edge of every image, whose place is that of a class.

    amount: share of the images to learn from whose patch is that of their own class; the others, and all test images,
    have that of any class, all equally likely. The teacher is asked about the images as they are then. Raises
    ValueError if the material has no teacher.
    """
    if material.teacher is None:
        raise ValueError("material.teacher must be a teacher for a spurious cue, got None")
    labels, classes = material.pool_labels, int(material.pool_labels.max()) + 1
    draw = generator(seed, "cue")
    told = torch.randint(classes, labels.shape, generator=draw)
    own = torch.randperm(len(labels), generator=draw)[: round(amount * len(labels))]
    told[own] = labels[own]
    of_test = torch.randint(classes, material.test_labels.shape, generator=generator(TEST_SEED, "cue of test"))
    pool = marked(material.pool_images, told, classes)
    test = marked(material.test_images, of_test, classes)
    return replace(
        material,
        official=material.official and _marked_official(material.official, classes),
        pool_images=pool,
        pool_logits=teacher_logits(material.teacher, pool).to(material.pool_logits.dtype),
        test_images=test,
        test_logits=teacher_logits(material.teacher, test).to(material.test_logits.dtype),
    )


def _marked_official(official: OfficialTests, classes: int) -> OfficialTests:
    """The official test images with marks of any class; how often the teacher is right of them then is not known."""
    told = torch.randint(classes, official.labels.shape, generator=generator(TEST_SEED, "cue of official tests"))
    return replace(official, images=marked(official.images, told, classes), teacher_accuracy=None)


def marked(images: Tensor, told: Tensor, classes: int) -> Tensor:
    """Copies of images (n, c, h, w) with the patches of the classes `told`, (n,): side by side, two pixels high."""
    marked, width = images.clone(), images.shape[-1]
    bright = images.amax(dim=(0, 2, 3))  # (c,)
    for one in range(classes):
        left, right = one * width // classes, (one + 1) * width // classes
        rows = (told == one).nonzero().squeeze(1)
        marked[rows, :, :2, left:right] = bright.view(1, -1, 1, 1)
    return marked
