"""What the lab opens on for each set of images: a run from which something can be seen; and others beside it.

What an address or a stored plan leaves unsaid is none of this: it means `Control.default`, today as ever.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.catalog.available import lab_sets
from app.catalog.declared import BATCH, CONTROLS


@dataclass(frozen=True)
class Preset:
    """A choice of settings. name: on its button. settings: by key of a control, the others are at their default."""

    id: str
    name: str
    words: str
    settings: Mapping[str, Any]


def _marked(labels: int, more: str = "") -> Preset:
    """Few labels, and many images that only the teacher marks. more: what is known of it with these images."""
    return Preset(
        "marked",
        f"{labels} labels, 3,500 marked",
        f"Both students read {labels} labels. Only the distilled one hears what the teacher says of 3,500 more images."
        f"{more}",
        {"labels": labels, "unlabelled": 3500, "epochs": 50, "temperature": 4.0},
    )


# Measured in these settings with 20 seeds (`python -m tests.benchmarks teaches`): the teacher's first choice as a plain
# label brings 0.2 ± 0.2 points less than its soft labels on MNIST, and 1.0 ± 0.2 more on Fashion.
_NAMED = " That it is soft hardly counts here: the class that the teacher names would do."
_BETTER_NAMED = " That it is soft does not help here: the class that the teacher names would do a little better."
_SAME = Preset(
    "same",
    "500 labels, nothing more",
    "Both students see the same 500 labelled images. The teacher says what else each of them looks like.",
    {"seeds": 5},
)
# By the images; the lab opens on the first. As few updates as show it with students that are as good as they get on the
# labels alone: with MNIST's 100 labels these reach 76% after 100 updates, after 160 and after 400; with Fashion's 100
# 70% after 160, 200 and 400; with 200 of CIFAR-10 (JPEG copy) 25% after 280, 350 and 420. Measured with 10 seeds:
# Fashion +11.5 ± 1.3 points after 200 updates (70.8 and 82.3), CIFAR-10 +15.4 ± 0.6 after 420 (24.3 and 39.8).
PRESETS: dict[str, tuple[Preset, ...]] = {
    "mnist": (_marked(100, _NAMED), _SAME),
    "fashion": (_marked(100, _BETTER_NAMED), _SAME),
    "cifar10": (_marked(200), _SAME),
}


# Students of own images get this many. 180 pictures of three shapes, 100 of them read, 5 seeds, with labels only: 65%
# after 64 updates, which is what 16 epochs come to, 94% after 400, and 98% if they are shifted.
UPDATES = 400
FEWEST_LEFT = 100  # images without a label, of own ones, that are worth a preset


def presets_of(data: str) -> tuple[Preset, ...]:
    """What the lab offers with images of `data`, what it opens on first: () if it offers nothing.

    Images of one's own are few: students see them as often as it takes, and shifted, so that they learn from them.
    """
    known = lab_sets().get(data)
    if known is None or known.family != data or data in PRESETS:
        return PRESETS.get(data, ())
    shared = {"seeds": 5, "temperature": 4.0, "shift": 2}
    labels = _most("labels", min(known.pool, CONTROLS["labels"].default))
    words = "Both students see the same images, again and again and shifted a little each time."
    every = Preset("same", f"{labels} labels, nothing more", words, {"labels": labels, **_often(labels), **shared})
    few = min(CONTROLS["labels"].choices) * (2 if known.pool >= 1000 else 1)
    left = _most("unlabelled", known.pool - few)
    if left < FEWEST_LEFT:
        return (every,)
    words = (
        f"Both students read {few} labels. Only the distilled one hears what the teacher says of {left:,} more images."
    )
    settings = {"labels": few, "unlabelled": left, **_often(few), **shared}
    return every, Preset("marked", f"{few} labels, {left:,} marked", words, settings)


def _most(key: str, most: int) -> int:
    """The largest choice of a control that is no more than `most`, else its smallest."""
    choices: tuple[int, ...] = CONTROLS[key].choices
    return max((choice for choice in choices if choice <= most), default=min(choices))


def _often(labels: int) -> dict[str, int]:
    """So many epochs that students make UPDATES updates, as far as the control goes."""
    epochs = CONTROLS["epochs"]
    return {"epochs": int(min(epochs.high, max(epochs.default, round(UPDATES / math.ceil(labels / BATCH)))))}


def opening_settings(data: str = CONTROLS["data"].default) -> dict[str, Any]:
    """What the lab opens on with images of `data`, a value per control."""
    return settings_of(data, presets_of(data)[0])


def settings_of(data: str, preset: Preset) -> dict[str, Any]:
    """All settings of a preset for images of `data`, a value per control."""
    usual = {key: control.default for key, control in CONTROLS.items()}
    return usual | {"data": data, "teacher": lab_sets()[data].family} | dict(preset.settings)


def preset_of(settings: Mapping[str, Any]) -> Preset | None:
    """The preset whose settings these are, with any number of seeds; None if they are nobody's."""
    data, seeds = settings["data"], {"seeds": settings["seeds"]}
    return next((one for one in presets_of(data) if settings_of(data, one) | seeds == settings), None)


def with_other_images(settings: Mapping[str, Any], data: str) -> dict[str, Any]:
    """The same settings for images of `data`; those of a preset become what these images have in its place."""
    before, offered = preset_of(settings), presets_of(data)
    if data == settings["data"] or before is None or not offered:
        return {**settings, "data": data}
    after = next((one for one in offered if one.id == before.id), offered[0])
    usual_seeds = settings_of(settings["data"], before)["seeds"]
    kept = {} if settings["seeds"] == usual_seeds else {"seeds": settings["seeds"]}
    return settings_of(data, after) | kept
