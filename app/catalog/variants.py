"""Ways to change the images that students learn from: what they are called, and how far each may go.

`distillation/variants/NAME.py` makes the change.
"""

from dataclasses import dataclass

from app.catalog.declared import CLASSES


@dataclass(frozen=True)
class VariantKind:
    """A way to change the material. amount: what its number says; low, high: its range."""

    name: str
    words: str
    amount: str
    low: float
    high: float
    whole: bool = False

    def holds(self, amount: object) -> bool:
        """True for a number in the range."""
        kinds = (int,) if self.whole else (int, float)
        return type(amount) in kinds and self.low <= amount <= self.high  # type: ignore[operator]


VARIANTS: dict[str, VariantKind] = {
    kind.name: kind
    for kind in (
        VariantKind("left_out", "a class is left out", "its number", 0, CLASSES - 1, whole=True),
        VariantKind("long_tail", "a long tail", "images of the most frequent class for one of the rarest", 1, 100),
        VariantKind("tail_unlabelled", "a long tail, its rarest classes also unlabelled", "as for a long tail", 1, 100),
        VariantKind("rest_unlabelled", "a long tail, other images also unlabelled", "as for a long tail", 1, 100),
        VariantKind("spurious_cue", "a spurious cue", "share of images with the cue of their own class", 0, 1),
        VariantKind(
            "unseen", "images that the teacher never saw", "how many official test images", 100, 9_999, whole=True
        ),
        VariantKind("noise", "wrong labels", "share of labels that are wrong", 0, 0.9),
    )
}


@dataclass(frozen=True)
class DataVariant:
    """One change of the material. name: in VARIANTS. amount: see its kind."""

    name: str
    amount: float
