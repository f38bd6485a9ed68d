"""Shifted copies of the images that students learn from, and what the teacher says of each.

Which shifts an image has is the same in every run, so that the teacher's answers can be kept; a seed decides which copy
comes when. A pool of n images has positions 0 … n − 1; position c · n + i is copy c of image i, from c = 1 on.
"""

import contextlib
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from app.catalog.declared import SHIFT_COPIES
from app.distillation import checkpoints
from app.distillation.checkpoints import tensor_digest
from app.distillation.datasets import TOLERANCE, Material, generator, logit_cache, read_logits, teacher_logits

CHECKED = 2  # images whose kept answers are asked for again: all copies of each


class Copies:
    """The shifted copies of a pool, and the teacher's answers, which are asked for when they are first needed.

    pixels: ≥ 1, the farthest that an image is shifted, in each direction; edges are repeated. taught: positions of all
    images that students learn from. marked: whether anybody reads the teacher's answers; without a teacher nobody can.
    keep: whether to keep them on the disk, for images that other runs have, too.
    """

    def __init__(
        self, material: Material, pixels: int, taught: Tensor, dtype: torch.dtype, *, marked: bool, keep: bool
    ) -> None:
        if marked and material.teacher is None:
            raise ValueError("material.teacher must be a teacher to mark shifted copies, got None")
        self.material, self.pixels, self.dtype, self.marked = material, pixels, dtype, marked
        self.taught, self.count = torch.unique(taught), len(material.pool_images)
        self.offsets = offsets(self.count, pixels)
        self._marks = material.pool_logits.new_full((SHIFT_COPIES, *material.pool_logits.shape), torch.nan)
        self._cache: Path | None = None
        if marked and keep:
            cache = logit_cache(material.data_digest, material.teacher_digest)
            self._cache = cache.with_stem(f"{cache.stem}-shift-{pixels}")
            self._identity = f"{tensor_digest(material.pool_images)} shift {pixels}"
            self._recall(read_logits(self._cache, self._identity))

    def draw(self, positions: Tensor, seeds: tuple[int, ...], purpose: str, epoch: int) -> Tensor:
        """A copy of each image at these positions, (seeds, n), as the seed draws it for the epoch."""
        draws = (generator(seed, f"{purpose}, copies", epoch) for seed in seeds)
        copies = [torch.randint(1, SHIFT_COPIES + 1, positions.shape[1:], generator=draw) for draw in draws]
        return positions + self.count * torch.stack(copies)

    def images(self, positions: Tensor) -> Tensor:
        """What is seen there: (…, c, h, w)."""
        copies, rows = self._places(positions.flatten())
        seen = shifted(self.material.pool_images[rows], self.offsets[copies, rows], self.pixels)
        return seen.to(self.dtype).view(*positions.shape, *seen.shape[1:])

    def logits(self, positions: Tensor) -> Tensor:
        """What the teacher says of it: (…, classes); NaN if nobody reads that."""
        copies, rows = self._places(positions)
        if self.marked:
            self._mark(torch.unique(rows))
        return self._marks[copies, rows].to(self.dtype)

    def _places(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """(which copy, from 0 on, of which image)."""
        return positions.div(self.count, rounding_mode="floor") - 1, positions % self.count

    def _mark(self, rows: Tensor) -> None:
        """Ask the teacher about the images at these positions that it was not asked about.

        All copies of one image are asked about together: then an answer does not depend, in its last digits, on which
        other images are new.
        """
        unknown = rows[self._marks[0, rows, 0].isnan()]
        for row in unknown.tolist():
            self._marks[:, row] = self._answers(row)
        if len(unknown) and self._cache and not self._marks[0, self.taught, 0].isnan().any():
            with contextlib.suppress(OSError):  # then they are asked for again next time
                checkpoints.write_tensors(self._cache, {"logits": self._marks}, {"images": self._identity})

    def _answers(self, row: int) -> Tensor:
        """What the teacher says of all copies of one image: (copies, classes)."""
        assert self.material.teacher is not None
        images = self.material.pool_images[row].expand(SHIFT_COPIES, -1, -1, -1)
        return teacher_logits(self.material.teacher, shifted(images, self.offsets[:, row], self.pixels))

    def _recall(self, kept: Tensor | None) -> None:
        """Take over kept answers, if the teacher gives those of a sample again."""
        if kept is None or kept.shape != self._marks.shape:
            return
        known = (~kept[0, :, 0].isnan()).nonzero().squeeze(1)
        sample = known[torch.linspace(0, len(known) - 1, min(CHECKED, len(known))).long()].tolist()
        if all(torch.allclose(self._answers(row), kept[:, row], rtol=0, atol=TOLERANCE) for row in sample):
            self._marks = kept


def offsets(count: int, pixels: int) -> Tensor:
    """How far each copy of each image is shifted, down and to the right: (copies, count, 2), −pixels … pixels.

    An image's shifts differ from each other, and may be none at all.
    """
    side = 2 * pixels + 1
    order = torch.rand(count, side * side, generator=generator(0, f"shifts by {pixels}", count)).argsort(1)
    places = order[:, :SHIFT_COPIES].T
    return torch.stack((places // side, places % side), -1) - pixels


def shifted(images: Tensor, by: Tensor, pixels: int) -> Tensor:
    """Images (n, c, h, w), each moved by its (down, right), (n, 2), of at most `pixels`; edges are repeated."""
    height, width = images.shape[2:]
    padded = F.pad(images, (pixels,) * 4, mode="replicate")
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # (n, c, places down, places right, h, w), a view
    down, right = (pixels - by).unbind(-1)
    return windows[torch.arange(len(images)), :, down, right]
