"""Teacher and student drawn to scale: as many dots as each has numbers, or one dot for every so many of them."""

from collections.abc import Mapping
from typing import Any

from app.catalog.available import data_sets, teachers
from app.catalog.declared import STUDENTS
from app.catalog.presets import opening_settings
from app.components.mount import mount
from app.experiments.costs import of_student, of_teacher
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options
from app.teaching.published import readable

OURS = "ours"


class ToScaleOptions(Options):
    """others: with published pairs to choose from beside the lab's own."""

    others: bool = False


def to_scale(*, others: bool, key: str) -> None:
    """Mount the figure. others: see `ToScaleOptions`."""
    mount("to_scale", {"pairs": [*_ours(), *(_published() if others else ())]}, key)


def _ours() -> list[dict[str, Any]]:
    """Teacher and student of the lab's first settings, counted; none if they are not here."""
    settings = opening_settings()
    data, student = data_sets()[settings["data"]], STUDENTS[settings["student"]]
    if settings["teacher"] not in teachers():
        return []
    big, small = of_teacher(teachers()[settings["teacher"]], data), of_student(student, data)
    return [_pair(OURS, "Ours", ("our teacher", big.parameters), ("our student", small.parameters))]


def _published() -> list[dict[str, Any]]:
    return [
        _pair(id_, one.sizes.teacher[0], one.sizes.teacher, one.sizes.student, one.source.text, one.source.url)
        for id_, one in readable().items()
        if one.sizes
    ]


def _pair(
    id_: str, words: str, teacher: tuple[str, float], student: tuple[str, float], source: str = "", url: str = ""
) -> dict[str, Any]:
    networks = {
        role: {"name": name, "numbers": numbers}
        for role, (name, numbers) in (("teacher", teacher), ("student", student))
    }
    return {"id": id_, "words": words, **networks, "source": source, "url": url}


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    to_scale(others=bool(options["others"]), key=key)


FIGURE = Figure("teacher and student to scale, a dot for so many numbers of each", ToScaleOptions, show)
