"""What a figure's images look like: one of each class."""

from collections.abc import Sequence

from app.catalog.pack import PackError
from app.components.mount import mount
from app.images import png


def pictures(data: str, *, key: str) -> None:
    """Mount a row of test images, or nothing if they are not on this machine."""
    if images := of_each_class(data):
        mount("pictures", {"data": data, "classes": list(png.shown_images(data).classes), "images": images}, key)


def of_each_class(data: str) -> list[int]:
    """A test image of each class; [] if a class has none, or if they are not on this machine."""
    try:
        shown = png.shown_images(data)
    except PackError:
        return []
    return one_of_each(shown.labels.tolist(), len(shown.classes))


def one_of_each(labels: Sequence[int], classes: int) -> list[int]:
    """The first image of each class; [] if a class has none."""
    return [labels.index(label) for label in range(classes)] if set(range(classes)) <= set(labels) else []
