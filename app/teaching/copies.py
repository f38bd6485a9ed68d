"""Numbers that were measured on a copy of their images, not on the originals: whoever states one says so."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from app.catalog.available import data_sets, teachers_if_readable
from app.catalog.families import FAMILIES
from app.experiments.recordings import Recording, recordings
from app.experiments.recordings.runs import recorded_runs


def copy_of(id_: str) -> str:
    """What a text says of numbers of this recording, teacher or set of images: "JPEG copy"; "" if nothing is to say."""
    sets, teachers, recorded = data_sets(), teachers_if_readable(), recordings(Recording)
    data = recorded[id_].runs[0].experiment.data if id_ in recorded else id_
    family = teachers[data].family if data in teachers else sets[data].family if data in sets else ""
    return FAMILIES[family].copy if family in FAMILIES else ""


def copy_in(record: Mapping[str, Any]) -> str:
    """The same of a run, stored or recorded, by the digest of the images that its record names."""
    return _copy_with(str(record.get("data_digest")))


@lru_cache(maxsize=256)  # many pages may watch the same runs
def _copy_with(digest: str) -> str:
    return next((copy_of(one.id) for one in recorded_runs().values() if one.record.get("data_digest") == digest), "")


def copies_of(asked: Any, drawn: Mapping[str, Any] = MappingProxyType({})) -> set[str]:
    """The same of all ids among the arguments of a check or the options of a figure. drawn: what $name stands for."""
    if isinstance(asked, str):
        id_ = drawn.get(asked[1:]) if asked.startswith("$") else asked
        return {copy_of(id_)} - {""} if isinstance(id_, str) else set()
    inside = list(asked.values()) if isinstance(asked, Mapping) else asked
    return {copy for one in inside for copy in copies_of(one, drawn)} if isinstance(inside, list | tuple) else set()
