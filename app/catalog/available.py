"""What is here: images and teachers that were declared, imported, uploaded or trained on this machine."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from app.catalog.architecture import NETWORKS, Image, Layers
from app.catalog.declared import CONTROLS, DATA, METHODS, STUDENTS, DataSet, Method, Student
from app.catalog.families import DRAWN
from app.catalog.own_sets import ID, UPLOADED_ID, plain_name
from app.catalog.pack import PackError, read_about
from app.catalog.paths import PRETRAINED, home, own_folder

T = TypeVar("T")
WIDEST, LARGEST_PATCH = 1024, 8  # of the network of a teacher of one's own


class Shelf(Mapping[str, T]):
    """A mapping that lists what everybody may see, and finds by its id what else there is.

    Images that a learner brought are for whoever knows their id: `in`, `get` and [] find them, no loop does.
    """

    def __init__(
        self,
        always: Mapping[str, T],
        unlisted: Callable[[str], T | None],
        more: Callable[[], Mapping[str, T]] = dict,
    ) -> None:
        """always, more: what is listed; more is asked for only if it is needed, since it may mean looking at files.

        unlisted: what is found by its id alone.
        """
        self._always, self._more, self._unlisted = always, more, unlisted

    @cached_property
    def _listed(self) -> dict[str, T]:
        return {**self._always, **self._more()}

    def __getitem__(self, key: str) -> T:
        if key in self._always:
            return self._always[key]
        value = self._unlisted(key) if isinstance(key, str) else None
        return self._listed[key] if value is None else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


# ── images ───────────────────────────────────────────────────────────────────────────────────────────────────────


def imported() -> dict[str, DataSet]:
    """Sets that `python -m app.images.import_images` imported on this machine, by id, without damaged packs.

    A set whose family has no teacher can be looked at, not trained from: its `words` say so.
    """
    try:
        packs = [_own(path.stem, path) for path in sorted((home() / "data").glob("own-*.npz"))]
    except OSError:  # a folder that may not be looked into; the store says so
        return {}
    known = teachers_if_readable()
    return {
        data.id: data
        if data.family in known
        else replace(data, words=f"{data.words}; no teacher for these classes yet")
        for data in packs
        if data is not None
    }


def drawable(data: str) -> bool:
    """True if the networks know images that a learner can draw."""
    known = data_sets().get(data)
    return known is not None and known.family == DRAWN


def data_sets() -> Mapping[str, DataSet]:
    """Every choice of images on this machine, by id: `DATA`, what was imported and, unlisted, what was uploaded."""
    return Shelf(DATA, _uploaded, imported)


def lab_sets() -> Mapping[str, DataSet]:
    """The sets that a run can use, by id: `DATA`, and what was imported, has a teacher and is large enough.

    What learners uploaded is found here by its id, and never listed.
    """
    return Shelf(
        DATA,
        lambda id_: data if (data := _uploaded(id_)) and _usable(data) else None,
        lambda: {id_: data for id_, data in imported().items() if _usable(data)},
    )


def _usable(data: DataSet) -> bool:
    """True for images of one's own that a run can use."""
    return data.family in teachers_if_readable() and data.pool >= min(CONTROLS["labels"].choices)


def _uploaded(id_: str) -> DataSet | None:
    if not UPLOADED_ID.fullmatch(id_):
        return None
    data = _own(id_, own_folder(id_) / "images.npz")
    if data is None:
        return None
    teacher = own_teacher(id_)
    name = plain_name(str(teacher.record.get("set", data.name))) if teacher else data.name
    return replace(data, uploaded=True, family=id_, name=name)


def _own(id_: str, path: Path) -> DataSet | None:
    try:
        return read_set(id_, path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=1024)
def read_set(id_: str, path: Path, changed: int) -> DataSet | None:
    """What a pack of images of one's own is, None if it is not as it should be. changed: when it was last written."""
    try:
        about = read_about(path)
        return DataSet(
            id=id_,
            name=plain_name(str(about["name"])),
            words=f"imported: {', '.join(str(name) for name in about['classes'])}",
            family=id_ if about["family"] == "own" else str(about["family"]),
            channels=int(about["channels"]),
            size=int(about["size"]),
            mean=tuple(float(value) for value in about["mean"]),
            spread=tuple(float(value) for value in about["spread"]),
            embedded=False,
            pool=int(about["pool"]),
            test=int(about["test"]),
            classes=len(about["classes"]),
        )
    except (PackError, KeyError, TypeError, ValueError):
        return None


# ── teachers ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class TeacherEntry:
    """A teacher, as `pretrained/teachers/manifest.json` records it, or, of one's own images, `teacher.json`."""

    id: str
    name: str
    family: str
    file: str
    sha256: str
    widths: tuple[int, int, int]
    patch: int
    mirror: bool  # it answers with the mean over the image and its mirror image
    channels: int
    parameters: int
    accuracy: float  # on `tested_on`
    tested_on: str
    record: dict[str, Any]  # the whole manifest entry: command, seed, data, date, versions, …
    own: bool = False  # it was trained here, on images of one's own
    network: str = "whitened"  # in `architecture.NETWORKS`

    def layers(self, data: DataSet) -> Layers:
        """The network for images of `data`."""
        return self.sized(data.size, data.classes)

    def sized(self, side: int, classes: int) -> Layers:
        """The network for images of `side` × `side` pixels and so many classes."""
        image = Image(self.channels, side, self.mirror)
        return NETWORKS[self.network](image, self.widths, self.patch, classes)

    @property
    def path(self) -> Path:
        """The weight file."""
        return (own_folder(self.id) if self.own else PRETRAINED / "teachers") / self.file


def teachers() -> Mapping[str, TeacherEntry]:
    """Every shipped teacher by id, in the order of the manifest; and by its id, unlisted, one that was trained here."""
    return Shelf(shipped_teachers(), own_teacher)


@cache
def shipped_teachers() -> dict[str, TeacherEntry]:
    """The teachers that come along, in the order of the manifest."""
    manifest = json.loads((PRETRAINED / "teachers" / "manifest.json").read_text(encoding="utf-8"))
    entries = (_entry(one, **{key: one[key] for key in ("name", "family", "file")}) for one in manifest["teachers"])
    return {entry.id: entry for entry in entries}


def _entry(record: dict[str, Any], **others: Any) -> TeacherEntry:
    """What a record says, with `others`. Raises ValueError, KeyError or TypeError if it is not as it should be."""
    first, second, third = (int(width) for width in record["widths"])
    return TeacherEntry(
        id=str(record["id"]),
        sha256=str(record["sha256"]),
        widths=(first, second, third),
        patch=int(record["patch"]),
        mirror=bool(record["mirror"]),
        channels=int(record["channels"]),
        parameters=int(record["parameters"]),
        accuracy=float(record["accuracy"]),
        tested_on=str(record["tested_on"]),
        network=str(record.get("network", "whitened")),
        record=record,
        **others,
    )


def teachers_if_readable() -> Mapping[str, TeacherEntry]:
    """The same, without the shipped ones if their manifest is missing or damaged: pages open all the same."""
    try:
        return teachers()
    except (OSError, ValueError, KeyError):
        return Shelf({}, own_teacher)


def own_teacher(set_id: str) -> TeacherEntry | None:
    """The teacher that was trained here on the images `set_id`, which has the same id; None if there is none."""
    if not ID.fullmatch(set_id):
        return None
    file = own_folder(set_id) / "teacher.json"
    try:
        return _read_teacher(set_id, file, file.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=1024)
def _read_teacher(id_: str, path: Path, changed: int) -> TeacherEntry | None:
    """What the record of a teacher that was trained here says, None if it is not as it should be."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        name = plain_name(str(record["name"]))
        entry = _entry(record, name=name, family=id_, file="teacher.safetensors", own=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    sound = 1 <= min(entry.widths) <= max(entry.widths) <= WIDEST and 1 <= entry.patch <= LARGEST_PATCH
    sound = sound and entry.network in NETWORKS and entry.channels in (1, 3)
    return entry if sound and entry.id == id_ and 0 <= entry.accuracy <= 1 else None


def measured_path(teacher: TeacherEntry) -> Path:
    """Where `prepare` notes how a teacher does on the original images of its family, once they were fetched."""
    return home() / "data" / f"{teacher.id}.json"


def accuracy_on_originals(teacher: TeacherEntry) -> float | None:
    """Share of the official test images, the originals, that this teacher got right here; None if not measured."""
    try:
        record = json.loads(measured_path(teacher).read_text(encoding="utf-8"))
        return float(record["accuracy"]) if record["sha256"] == teacher.sha256 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def choice_name(key: str, value: object) -> str:
    """What a learner reads for a control's value: "35 k" for the student cnn-35k, "8" for the temperature 8.0."""
    named: dict[str, Mapping[str, DataSet | Student | Method | TeacherEntry]] = {
        "data": lab_sets(),
        "student": STUDENTS,
        "method": METHODS,
        "teacher": teachers_if_readable(),
    }
    if key == "shift":
        return f"±{value} px" if value else "none"
    chosen = named.get(key, {}).get(str(value))
    return chosen.name if chosen else f"{value:,g}" if isinstance(value, int | float) else str(value)
