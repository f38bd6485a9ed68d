"""Students that never saw a class, and what a bias on its logit brings out.

An answer takes an image for the class c if z_c + b > max of the other logits: if the bias b is above the image's
margin, max_k≠c z_k − z_c. So margins, and which class is ahead of c, are all that has to be known of the logits.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Images = Literal["own", "others", "all"]  # of the left-out class, of every other one, of any


@dataclass(frozen=True, eq=False)
class LeftOutAnswers:
    """What students say about test images, as far as the class `left_out` matters."""

    left_out: int
    labels: npt.NDArray[np.uint8]  # (shown,)
    margins: npt.NDArray[np.float32]  # (arms, seeds, shown): by how much another logit is above its own
    others: npt.NDArray[np.uint8]  # (arms, seeds, shown): the class of that logit

    def taken(self, bias: npt.ArrayLike) -> Bools:
        """Which images are taken for the class, (arms, seeds, shown). bias: a number, or (arms, seeds)."""
        taken: Bools = self.margins < np.asarray(bias, np.float64)[..., None]
        return taken

    def share(self, of: Images, bias: npt.ArrayLike = 0.0) -> Floats:
        """Share of these images that are right under a bias: (arms, seeds), fractions."""
        own = self.labels == self.left_out
        taken = self.taken(bias)
        right = np.where(own, taken, ~taken & (self.others == self.labels))
        among = {"own": own, "others": ~own, "all": np.ones_like(own)}[of]
        shares: Floats = right[..., among].mean(-1, dtype=np.float64)
        return shares

    def label_free(self, prior: float) -> Floats:
        """The bias with which the share `prior` of all images is taken for the class: (arms, seeds).

        It reads no label: only how often the class is answered, and how often it occurs. prior: above 0, below 1.
        Between two images its middle is taken; at least one image is left on either side. Raises ValueError.
        """
        images = self.margins.shape[-1]
        if not 0 < prior < 1 or images < 2:
            raise ValueError(f"prior must be between 0 and 1, of two images at least, got {prior} of {images}")
        count = min(max(1, round(prior * images)), images - 1)
        ordered = np.sort(self.margins.astype(np.float64), -1)
        bias: Floats = (ordered[..., count - 1] + ordered[..., count]) / 2
        return bias

    def best(self) -> Floats:
        """The bias with which most of these images are right, (arms, seeds). It reads their labels: it peeks.

        Zero if no other is better; of several that are equally good the one nearest to zero.
        """
        own = self.labels == self.left_out
        order = np.argsort(self.margins, -1, kind="stable")
        margins = np.take_along_axis(self.margins.astype(np.float64), order, -1)
        gained = np.where(own, 1, -1 * (self.others == self.labels))  # when the bias passes an image's margin
        gains = np.cumsum(np.take_along_axis(gained, order, -1), -1)
        scores = np.concatenate((np.zeros_like(gains[..., :1]), gains), -1)
        beyond = np.abs(margins).max(-1, keepdims=True) + 1
        edges = np.concatenate((-beyond, margins, beyond), -1)
        low, high = edges[..., :-1], edges[..., 1:]
        middle = np.where((low < 0) & (high > 0), 0.0, (low + high) / 2)
        scores = np.where(low < high, scores, scores.min() - 1)  # no bias parts images of equal margin
        top = scores == scores.max(-1, keepdims=True)
        nearest = np.where(top, np.abs(middle), np.inf).argmin(-1)
        bias: Floats = np.take_along_axis(middle, nearest[..., None], -1)[..., 0]
        return bias

    def part(self, images: slice) -> Self:
        """The same about some of the images."""
        margins, others = self.margins[..., images], self.others[..., images]
        return replace(self, labels=self.labels[images], margins=margins, others=others)


def left_out_answers(logits: npt.NDArray[Any], labels: npt.ArrayLike, left_out: int) -> LeftOutAnswers:
    """From logits (arms, seeds, shown, classes) and the labels (shown,) of these images. left_out: a class."""
    known = np.asarray(logits, np.float32)
    rest = known.copy()
    rest[..., left_out] = -np.inf
    margins = rest.max(-1) - known[..., left_out]
    return LeftOutAnswers(left_out, np.asarray(labels, np.uint8), margins, rest.argmax(-1).astype(np.uint8))
