"""What a set of images has to offer: names of its classes, counts of images, also without one class."""

from functools import lru_cache
from pathlib import Path

from app.catalog.available import lab_sets
from app.catalog.declared import CONTROLS, DATA
from app.catalog.families import FAMILIES
from app.catalog.own_sets import harmless
from app.catalog.pack import POOL, TEST, PackError, class_counts, read_about

NONE = "none"  # in the place of a class's name


def class_names(data: str) -> tuple[str, ...]:
    """What the classes of `data` are called, in the order of their numbers, as it may stand anywhere on a page.

    If the images are not on this machine, as those of the same family are called; else by number.
    """
    known = lab_sets().get(data)
    if known is None:
        return ()
    family = FAMILIES.get(known.family)
    fallback = family.classes if family and data == family.id else tuple(map(str, range(known.classes)))
    of_family = DATA.get(known.family)
    for one in (known, of_family):
        names = _names(one.path, one.written) if one else ()
        if len(names) == known.classes:
            return names
    return fallback


def class_name(data: str, number: int | None) -> str:
    """One of them, by its number if the images are gone; "none" for None."""
    if number is None:
        return NONE
    names = class_names(data)
    return names[number] if number < len(names) else str(number)


def without_words(data: str, left_out: int | None) -> str:
    """Images without a class, in words: "MNIST", "MNIST without 3"."""
    name = lab_sets()[data].name
    return name if left_out is None else f"{name} without {class_name(data, left_out)}"


def images_without(data: str, left_out: int | None) -> int:
    """How many images to learn from `data` has beside those of the class `left_out`.

    If they are not on this machine, as many as there would be with equally many of each class.
    """
    known = lab_sets()[data]
    if left_out is None:
        return known.pool
    counts = _counts(known.path, known.written)
    if not counts:
        return known.pool - -(-known.pool // known.classes)
    return sum(counts) - (counts[left_out] if left_out < len(counts) else 0)


def label_counts(data: str, left_out: int | None = None) -> tuple[int, ...]:
    """How many labelled images there can be: what the control offers, as far as `data` has images to learn from."""
    offered: tuple[int, ...] = CONTROLS["labels"].choices
    pool = images_without(data, left_out)
    return tuple(count for count in offered if count <= pool)


def unlabelled_counts(data: str, labels: int, left_out: int | None = None) -> tuple[int, ...]:
    """How many unlabelled images there can be beside `labels` labelled ones; 0 is always among them."""
    free = images_without(data, left_out) - labels
    return tuple(count for count in CONTROLS["unlabelled"].choices if count <= max(0, free))


def can_be_left_out(data: str) -> tuple[int, ...]:
    """The classes of `data` without which enough images remain to learn from."""
    fewest = min(CONTROLS["labels"].choices)
    return tuple(one for one in range(lab_sets()[data].classes) if images_without(data, one) >= fewest)


def same_class(data: str, number: int | None, other: str) -> int | None:
    """The class of `other` that is called as this one of `data`, if it may be left out there; else None."""
    if number is None or data == other:
        return number
    name, names = class_name(data, number), class_names(other)
    number_there = names.index(name) if name in names else None
    return number_there if number_there in can_be_left_out(other) else None


def chance(data: str) -> float | None:
    """The share of the test images that is right if one always names their most frequent class, None if unknown."""
    known = lab_sets().get(data)
    counts = _counts(known.path, known.written, TEST) if known else ()
    return max(counts) / sum(counts) if sum(counts) else None


@lru_cache(maxsize=256)
def _names(path: Path, written: int) -> tuple[str, ...]:
    try:
        return tuple(harmless(str(name)) for name in read_about(path)["classes"])
    except (PackError, KeyError, TypeError):
        return ()


@lru_cache(maxsize=256)
def _counts(path: Path, written: int, part: int = POOL) -> tuple[int, ...]:
    try:
        return class_counts(path, part)
    except PackError:
        return ()
