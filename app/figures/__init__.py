"""The live figures of lessons, a folder each, and the figures of pages.

To add one, make a folder called as its id (`label_dial` is `:::figure label-dial` in lessons) with an empty
`__init__.py` and a `figure.py` that ends in `FIGURE = Figure(…)`, which declares what phrases, terms and links may do
with it, and how it is shown. If it has a picture of its own, put `figure.html`, `figure.css` and `figure.js` beside it,
whose class extends `Figure` of components/js/component.js, and mount them by the folder's name; its tests stand in
tests/figures/test_THE_ID.py.
"""

from importlib import import_module
from pathlib import Path

from app.teaching.figures import Figure, hand_in


def find() -> dict[str, Figure]:
    """The figures that the folders of this package declare, by the ids in which lessons name them."""
    folders = sorted(file.parent.name for place in __path__ for file in Path(place).glob("*/figure.py"))
    return {name.replace("_", "-"): import_module(f"{__name__}.{name}.figure").FIGURE for name in folders}


hand_in(find())
