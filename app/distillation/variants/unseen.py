"""Images that the teacher has never seen, in place of those that it learned from itself."""

from dataclasses import replace

import torch

from app.distillation.datasets import Material, generator, standardised, teacher_logits

SEEDED = False


def vary(material: Material, _seed: int, amount: float) -> Material:
    """The same material with `amount` official test images to learn from; the others remain for the verdict.

    The images of the curve stay: the teacher has not seen them either. Raises ValueError if there are not so many.
    """
    official, count = material.official, int(amount)
    if official is None or material.teacher is None or count >= len(official.labels):
        most = 0 if official is None else len(official.labels) - 1
        raise ValueError(
            f"unseen must be at most {most} official test images, with a teacher to mark them, got {count}"
        )
    order = torch.randperm(len(official.labels), generator=generator(0, "unseen"))
    learned, tested = order[:count].sort().values, order[count:].sort().values
    images = standardised(official.images[learned].numpy(), official.mean, official.spread)
    return replace(
        material,
        pool_images=images,
        pool_labels=official.labels[learned],
        pool_logits=teacher_logits(material.teacher, images).to(material.pool_logits.dtype),
        official=replace(
            official, images=official.images[tested], labels=official.labels[tested], teacher_accuracy=None
        ),
    )
