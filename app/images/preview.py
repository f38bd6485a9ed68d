"""What was read of a source, before anybody decides what becomes of it, and the pack that it then becomes."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from app.catalog.declared import DATA
from app.catalog.pack import POOL, TEST, Pack, Uint8, evenly, image_hashes, small_pack
from app.images.layouts import Contents
from app.images.pixels import Pictures, read_images
from app.images.sources import ImportRefused, class_name

MOST = DATA["cifar10"]  # as many images to learn from, and to test on, as the largest set that comes in small
TEST_SHARE = 0.2  # of each class, if the source does not say what to test on
ALIKE = 0.985  # correlation of the pixels of two images of one scene

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Preview:
    """All images that could be read, with what their source says of them. empty: class folders without images."""

    images: Uint8  # (n, c, h, w)
    labels: Uint8  # (n,)
    test: Bools | None  # (n,) True: to test on. None if the source does not say
    classes: tuple[str, ...]
    empty: tuple[str, ...] = ()

    def kept(self) -> Pack:
        """It as a file: a pack whose split is what its source says."""
        split = np.full(len(self.labels), POOL, np.uint8) if self.test is None else self.test.astype(np.uint8)
        about = {"classes": list(self.classes), "own_split": self.test is not None, "empty": list(self.empty)}
        return Pack(self.images, self.labels, split, about)

    @classmethod
    def of(cls, pack: Pack) -> "Preview":
        """The inverse of `kept`."""
        test = pack.split == TEST if pack.about.get("own_split") else None
        empty = tuple(map(str, pack.about.get("empty", ())))
        return cls(pack.images, pack.labels, test, tuple(pack.classes), empty)

    def unusable(self, least: int) -> dict[str, str]:
        """Classes with fewer different images than `least`, or none for one of the parts, and why: in words."""
        hashes = image_hashes(self.images)
        why: dict[str, str] = {}
        for number, name in enumerate(self.classes):
            of_class = self.labels == number
            different = len(np.unique(hashes[of_class]))
            if not different:
                why[name] = "has no images that can be read"
            elif different < least:
                count = f"{different} different images" if different > 1 else "a single image"
                why[name] = f"has {count}, and every class needs {least}"
            elif self.test is not None and not self.test[of_class].any():
                why[name] = "has no images to test on"
            elif self.test is not None and self.test[of_class].all():
                why[name] = "has no images to learn from"
        return why | dict.fromkeys(self.empty, "has no images")

    def in_several(self) -> Bools:
        """(n,) True for images that are the same as one of another class."""
        hashes = image_hashes(self.images)
        pairs = np.unique(np.stack([hashes, self.labels.astype(np.uint64)]), axis=1)
        several, count = np.unique(pairs[0], return_counts=True)
        return np.isin(hashes, several[count > 1])


@dataclass(frozen=True)
class Choices:
    """What whoever brought the images decides.

    names: class → what it is called instead. left_out: classes. both: the class that keeps images which are in
    another one too; "" if those are left out.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    both: str = ""


@dataclass(frozen=True)
class Settled:
    """A pack that names its classes and nothing else. read: images; of these repeated, and left out as in several."""

    pack: Pack
    read: int
    repeated: int
    several: int


def preview_of(
    contents: Contents,
    skip_damaged: bool,
    seen: Callable[[int], None] = lambda done: None,
    most_pixels: int | None = None,
) -> tuple[Preview, Pictures]:
    """Read the images of a source that is open. seen: called with the number read so far. most_pixels: of all of them.
    Raises ImportRefused.
    """
    pictures = read_images(contents, skip_damaged=skip_damaged, seen=seen, most_pixels=most_pixels)
    test = None if contents.test is None else contents.test[pictures.kept]
    labels = contents.labels[pictures.kept]
    return Preview(pictures.images, labels, test, tuple(contents.classes), tuple(contents.empty)), pictures


def settled(preview: Preview, choices: Choices) -> Settled:
    """The pack that a preview becomes. Raises ImportRefused if that is none to learn from."""
    used = [number for number, name in enumerate(preview.classes) if name not in choices.left_out]
    names = [_renamed(preview.classes[number], choices) for number in used]
    if len(names) < 2:
        raise ImportRefused("There are fewer than two classes left; keep at least two.")
    if same := [name for name, count in Counter(map(str.casefold, names)).items() if count > 1]:
        raise ImportRefused(f"Two classes would be called {same[0]!r}; give each a name of its own.")
    rows = np.isin(preview.labels, used)
    several = preview.in_several() & rows
    if choices.both in preview.classes:
        several &= preview.labels != preview.classes.index(choices.both)
    rows &= ~several
    images, labels = preview.images[rows], np.searchsorted(used, preview.labels[rows]).astype(np.uint8)
    split = _split(images, labels, None if preview.test is None else preview.test[rows])
    pack = small_pack(Pack(images, labels, split, {"classes": names}), MOST.pool, MOST.test)
    for part, of_part in (("to learn from", pack.pool), ("to test on", pack.test)):
        if missing := set(range(len(names))) - set(pack.labels[of_part].tolist()):
            raise ImportRefused(
                f"Without damaged and repeated images the class {names[min(missing)]} has none left {part}; "
                "add different ones, or leave the class out."
            )
    return Settled(pack, len(preview.labels), len(images) - len(np.unique(image_hashes(images))), int(several.sum()))


def _renamed(name: str, choices: Choices) -> str:
    wanted = choices.names.get(name, "").strip()
    return class_name(wanted) if wanted else name


def _split(images: Uint8, labels: Uint8, test: Bools | None) -> Uint8:
    """The source's own split, else of each class the share TEST_SHARE with the smallest content hashes."""
    if test is not None:
        return np.where(test, TEST, POOL).astype(np.uint8)
    hashes = image_hashes(images)
    split = np.full(len(labels), POOL, np.uint8)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        chosen = evenly(labels[members], hashes[members], max(1, round(TEST_SHARE * len(members))))
        split[members[chosen]] = TEST
    return split


def look_alikes(pack: Pack) -> npt.NDArray[np.int64]:
    """Test images that look almost like one to learn from, as of one scene: places in the pack, the likest first."""
    flat = pack.images.reshape(len(pack.images), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(flat, axis=1, keepdims=True)
    flat /= np.maximum(norms, 1e-6)
    likest = (flat[pack.test] @ flat[pack.pool].T).max(axis=1, initial=-1.0)
    order = np.argsort(-likest, kind="stable")
    alike: npt.NDArray[np.int64] = pack.test[order[likest[order] >= ALIKE]]
    return alike


def counted(pack: Pack) -> list[dict[str, Any]]:
    """Each class with its name, and how many images there are to learn from and to test on: JSON-ready."""
    learn, test = (np.bincount(pack.labels[rows], minlength=len(pack.classes)) for rows in (pack.pool, pack.test))
    return [
        {"name": name, "learn": int(learn[number]), "test": int(test[number])}
        for number, name in enumerate(pack.classes)
    ]
