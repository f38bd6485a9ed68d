"""Teacher and student drawn to scale: as many dots as each has numbers, or one dot for every so many of them; and
what they do for one image, in the same way.
"""

from collections.abc import Mapping
from typing import Any

from app.catalog.available import data_sets, teachers
from app.catalog.declared import STUDENTS
from app.catalog.presets import opening_settings
from app.components.mount import mount
from app.experiments.costs import of_student, of_teacher
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting
from app.teaching.published import Published, readable

PARAMETERS, WORK = "parameters", "multiply-adds"  # of ours; the others have the ids of published.yaml


class ToScaleOptions(Options):
    """others: with published pairs to choose from beside the lab's own; if not, with what ours do for an image."""

    others: bool = False


def to_scale(*, others: bool, key: str) -> None:
    """Mount the figure. others: see `ToScaleOptions`."""
    mount("to_scale", {"pairs": [*_ours(others), *(_published() if others else ())]}, key)


def _ours(others: bool) -> list[dict[str, Any]]:
    """Teacher and student of the lab's first settings, counted; none if they are not here."""
    settings = opening_settings()
    data, student = data_sets()[settings["data"]], STUDENTS[settings["student"]]
    if settings["teacher"] not in teachers():
        return []
    big, small = of_teacher(teachers()[settings["teacher"]], data), of_student(student, data)
    ours = "our teacher", "our student"
    size = "Ours" if others else "Size"
    stored = _pair(PARAMETERS, size, (ours[0], big.parameters), (ours[1], small.parameters))
    done = _pair(WORK, "Work", (ours[0], big.multiply_adds), (ours[1], small.multiply_adds))
    return [stored] if others else [stored, done | {"counts": "multiply–adds"}]


def _published() -> list[dict[str, Any]]:
    return [
        _pair(id_, one.sizes.teacher[0], one.sizes.teacher, one.sizes.student, one)
        for id_, one in readable().items()
        if one.sizes
    ]


def _pair(
    id_: str, words: str, teacher: tuple[str, float], student: tuple[str, float], of: Published | None = None
) -> dict[str, Any]:
    networks = {
        role: {"name": name, "numbers": numbers}
        for role, (name, numbers) in (("teacher", teacher), ("student", student))
    }
    told = {"taught": of.taught, "source": of.source.text, "url": of.source.url} if of else {}
    return {"id": id_, "words": words, **networks, **told}


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    to_scale(others=bool(options["others"]), key=key)


FIGURE = Figure(
    "teacher and student to scale, a dot for so many numbers of each, or so many multiply–adds",
    ToScaleOptions,
    show,
    settings=(Setting("count", "what is counted", choices=(PARAMETERS, WORK)),),
)
