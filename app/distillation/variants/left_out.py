"""A class that no student learns from."""

from app.distillation.datasets import Material

SEEDED = False


def vary(material: Material, _seed: int, amount: float) -> Material:
    """The same material with no image of the class `amount` to learn from; the test images stay as they are.

    Raises ValueError if there is no such class.
    """
    classes = material.pool_logits.shape[1]
    if not 0 <= amount < classes:
        raise ValueError(f"left_out must be a class, 0 to {classes - 1}, got {amount}")
    return material.part(material.pool_labels != int(amount))
