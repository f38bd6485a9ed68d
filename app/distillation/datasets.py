"""From an image pack to what a cohort learns from: standardised tensors, labelled subsets, and the teacher's logits.

Teacher logits are computed once, for images as they are (never augmented), and kept in a cache that is verified
against the images and the teacher it belongs to. Those of shipped teachers for embedded images come along.
"""

import contextlib
import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from app.catalog import available, paths
from app.catalog.available import TeacherEntry
from app.catalog.declared import DataSet
from app.catalog.pack import Pack, read_pack
from app.distillation import checkpoints
from app.distillation.checkpoints import CheckpointError, tensor_digest
from app.distillation.models import Network

CHECKED = 16  # images whose cached logits are computed again when a cache is read
SHIPPED = paths.PRETRAINED / "answers"  # caches that come along: see pretrained/ask_teachers.py
TOLERANCE = 1e-2  # between cached and recomputed logits: another thread count or machine rounds differently


@dataclass(frozen=True)
class OfficialTests:
    """The official test images, on which a verdict is taken. They stay bytes, and are standardised part by part."""

    images: Tensor  # (n, c, h, w) uint8
    labels: Tensor  # (n,) int64
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    digest: str
    teacher_accuracy: float | None = None  # a fraction of them; None if it was not measured

    def parts(self, size: int) -> Iterator[Tensor]:
        """The standardised images, `size` at a time."""
        for part in torch.split(self.images, size):
            yield standardised(part.numpy(), self.mean, self.spread)


@dataclass(frozen=True)
class Material:
    """What a cohort learns from and is tested on; images are standardised and never augmented."""

    pool_images: Tensor  # (n, c, h, w) float32
    pool_labels: Tensor  # (n,) int64
    pool_logits: Tensor  # (n, classes) float32, the teacher's
    test_images: Tensor
    test_labels: Tensor
    test_logits: Tensor
    teacher: Network | None  # frozen, in evaluation mode; for methods that compare features
    data_digest: str
    teacher_digest: str
    official: OfficialTests | None = None
    balanced: bool = True  # labelled images are drawn with equally many of each class, else as frequent as in the pool
    labelled: Tensor | None = None  # (n,) bool, which images of the pool may have a label; None: all of them

    def part(self, kept: Tensor) -> "Material":
        """The same material with fewer images to learn from. kept: (n,) bool, or positions."""
        pool = (self.pool_images[kept], self.pool_labels[kept], self.pool_logits[kept])
        labelled = None if self.labelled is None else self.labelled[kept]
        return replace(self, pool_images=pool[0], pool_labels=pool[1], pool_logits=pool[2], labelled=labelled)

    def draw_labelled(self, pool: slice, count: int, seed: int) -> Tensor:
        """Positions in a part of the pool of `count` images that may have a label: see `labelled_subset`."""
        labels = self.pool_labels[pool]
        if self.labelled is None:
            return labelled_subset(labels, count, seed, balanced=self.balanced)
        named = self.labelled[pool].nonzero().squeeze(1)
        return named[labelled_subset(labels[named], count, seed, balanced=self.balanced)]


def load_material(data: str, teacher: str) -> Material:
    """Images of a data set and the logits of a shipped teacher on them, from the cache if it holds them.

    data, teacher: ids in `available.data_sets()` and `available.teachers()`. Raises PackError, CheckpointError,
    and ValueError for unknown ids, a teacher of another family, or one that was trained on other images than are there
    now: it may have seen those that are tested on.
    """
    sets, shipped = available.data_sets(), available.teachers()
    if data not in sets:
        raise ValueError(f"data must be one of {', '.join(sets)}, got {data}")
    if teacher not in shipped:
        raise ValueError(f"teacher must be one of {', '.join(shipped)}, got {teacher}")
    entry, described = shipped[teacher], sets[data]
    if entry.family != described.family:
        raise ValueError(f"teacher {teacher} knows {entry.family}, not {described.family}: choose another teacher")
    pack = read_pack(described.path)
    network = checkpoints.load_teacher(entry)
    images = all_images(described, pack)
    labels = torch.from_numpy(pack.labels[_rows(pack)].astype(np.int64))
    digest = pack.digest()
    if entry.own and entry.record.get("data_digest") != digest:
        raise CheckpointError(f"{entry.name} was trained on other images than are there now: train it again.")
    logits = cached_logits(logit_cache(digest, entry.sha256), network, images)
    if not bool(logits.isfinite().all()):
        raise CheckpointError(f"{entry.name} does not answer every image with finite numbers: train it again.")
    pool, test = slice(len(pack.pool)), slice(len(pack.pool), None)
    official = _official(described, None if entry.own else entry) if described.official else None
    return Material(
        *(images[pool], labels[pool], logits[pool]),
        *(images[test], labels[test], logits[test]),
        teacher=network,
        data_digest=digest,
        teacher_digest=entry.sha256,
        official=official,
    )


def all_images(described: DataSet, pack: Pack) -> Tensor:
    """The images of a pack, standardised: those to learn from, then those to test on. (n, c, h, w)."""
    return standardised(pack.images[_rows(pack)], described.mean, described.spread)


def _rows(pack: Pack) -> npt.NDArray[np.int64]:
    """In which order, so that each part is a view: a full set as floats fills memory once."""
    return np.concatenate((pack.pool, pack.test))


def _official(described: DataSet, entry: TeacherEntry | None) -> OfficialTests:
    """The official test images beside a pack, with what the teacher's record says of them. Raises PackError."""
    pack = read_pack(described.official_path)
    known = entry is not None and entry.record.get("test_images") == len(pack.labels)
    return OfficialTests(
        torch.from_numpy(pack.images.copy()),  # which nobody may write to, unlike a tensor
        torch.from_numpy(pack.labels.astype(np.int64)),
        *(described.mean, described.spread, pack.digest()),
        teacher_accuracy=entry.accuracy if entry and known else None,
    )


def standardised(images: npt.NDArray[np.uint8], mean: tuple[float, ...], spread: tuple[float, ...]) -> Tensor:
    """Pixels 0 … 255, (n, c, h, w), as float32 with the given mean and spread per channel (of pixels in 0 … 1)."""
    scaled = torch.from_numpy(images.astype(np.float32)).div_(255)
    return scaled.sub_(torch.tensor(mean).view(1, -1, 1, 1)).div_(torch.tensor(spread).view(1, -1, 1, 1))


# ── the teacher's logits ─────────────────────────────────────────────────────────────────────────────────────────


@torch.no_grad()
def teacher_logits(teacher: Network, images: Tensor, batch: int = 250) -> Tensor:
    """Logits (n, classes) of standardised images (n, c, h, w). Raises ValueError for a teacher in training mode."""
    if teacher.training:
        raise ValueError("teacher must be in evaluation mode: its batch norm would answer differently in each batch")
    return torch.cat([teacher(part) for part in torch.split(images, batch)])


def logit_cache(data_digest: str, teacher_digest: str) -> Path:
    """Where the logits of one teacher on one pack are kept: both digests are in the name."""
    return paths.home() / "cache" / f"logits-{data_digest[:16]}-{teacher_digest[:16]}.safetensors"


def cached_logits(cache: Path, teacher: Network, images: Tensor) -> Tensor:
    """The teacher's logits (n, classes) of images (n, c, h, w): from `cache` if it holds just these, else from the
    shipped file of its name, else computed.

    Either is used only if its record names these images in this order, its bytes are as written, and the teacher
    gives the same answer again on a sample. A full disk costs the cache, not the answer.
    """
    identity = tensor_digest(images)
    for file in (cache, SHIPPED / cache.name):
        kept = read_logits(file, identity)
        if kept is not None and len(kept) == len(images) and answers_again(teacher, images, kept):
            return kept
    logits = teacher_logits(teacher, images)
    with contextlib.suppress(OSError):  # then they are computed again next time
        checkpoints.write_tensors(cache, {"logits": logits}, {"images": identity})
    return logits


def read_logits(cache: Path, identity: str) -> Tensor | None:
    """Logits from a cache file, or None if it is missing, damaged or of other images."""
    try:
        tensors, about = checkpoints.read_tensors(cache)
    except (OSError, ValueError):
        return None
    return tensors.get("logits") if about.get("images") == identity and checkpoints.DIGEST in about else None


def answers_again(teacher: Network, images: Tensor, logits: Tensor) -> bool:
    """True if the teacher, asked again about evenly spread images, gives the logits of their rows."""
    rows = torch.linspace(0, len(images) - 1, min(CHECKED, len(images))).long()
    return torch.allclose(teacher_logits(teacher, images[rows]), logits[rows], rtol=0, atol=TOLERANCE)


# ── subsets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def generator(seed: int, purpose: str, number: int = 0) -> torch.Generator:
    """Random numbers for one purpose of one seed: streams of different purposes are unrelated."""
    name = hashlib.sha256(f"{seed}/{purpose}/{number}".encode()).digest()
    return torch.Generator().manual_seed(struct.unpack("<q", name[:8])[0] & (2**63 - 1))


def labelled_subset(labels: Tensor, count: int, seed: int, *, balanced: bool = True) -> Tensor:
    """Positions of `count` images, the same number of each class as far as possible; else each as likely as another.

    labels: (n,) int64. count: 1 … n. If `count` is not a multiple of the classes, which classes get one more is
    drawn; if a class has too few images, the others make up for it. Returns (count,) ascending.
    Raises ValueError if count is out of range.
    """
    if not 1 <= count <= len(labels):
        raise ValueError(f"labels must be between 1 and the {len(labels)} images of the pool, got {count}")
    draw = generator(seed, "subset")
    shuffled = torch.randperm(len(labels), generator=draw)
    if not balanced:
        return shuffled[:count].sort().values
    classes = torch.randperm(int(labels.max()) + 1, generator=draw)  # the order in which classes get one more
    rank, turn = torch.empty_like(labels), torch.empty_like(labels)  # turn: a class's place in that order
    for place, number in enumerate(classes):
        members = shuffled[labels[shuffled] == number]
        rank[members] = torch.arange(len(members))
        turn[members] = place
    # deal: first the first image of every class, then the second of every class, …
    dealt = torch.argsort(rank * len(classes) + turn)
    return dealt[:count].sort().values


def unlabelled_subset(labelled: Tensor, pool: int, count: int, seed: int) -> Tensor:
    """Positions of `count` images of a pool of so many, none of them `labelled`, whatever they show.

    No label is looked at, so classes come as they come. A larger count of the same seed holds the smaller one.
    Returns (count,) ascending. Raises ValueError if there are fewer.
    """
    free = torch.ones(pool, dtype=torch.bool)
    free[labelled] = False
    shuffled = torch.randperm(pool, generator=generator(seed, "unlabelled"))
    drawn = shuffled[free[shuffled]]
    if not 0 <= count <= len(drawn):
        raise ValueError(f"unlabelled must be between 0 and the {len(drawn)} images without a label, got {count}")
    return drawn[:count].sort().values
