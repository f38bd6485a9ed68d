"""What to train: a frozen, validated experiment, and its way to and from the URL. Knows no torch, store or UI.

Two questions are kept apart. Is this an experiment at all? `RunSpec` answers it, so that a run of long ago can still be
shown. Can it be trained on this machine now? `RunSpec.check_trainable` answers that.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal, cast

from app.catalog import available, bugs, declared
from app.catalog.available import lab_sets
from app.catalog.declared import CONTROLS, DATA, METHODS, STUDENTS, Arm, Control
from app.experiments import costs
from app.images.image_classes import can_be_left_out, label_counts, unlabelled_counts, without_words
from app.store import Work

MAX_SEED = 999_999  # readable in an address, and far more than anyone will draw
FRESH_SEEDS = range(11, 1000)  # above every count of seeds, so that one seed is never read as a count
MAX_STUDENTS = 160  # of one cohort: arms × seeds
RUN_KEY = "run"  # the URL key of a run's id

_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{0,12})?", re.ASCII)
_RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{3,63}", re.ASCII)
_IMPORTED = re.compile(r"own-[\w.-]{1,120}", re.ASCII)  # the id of images that were imported here or elsewhere
_UNSAFE = re.compile(r"[^A-Za-z0-9 .,+-]")

Settings = dict[str, Any]  # Control.key → value


class SpecError(ValueError):
    """A setting that no experiment can have. The message names the field, the value and the way out."""

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {way_out}, got {shown(value)}")
        self.field, self.value = field, value


class NotTrainable(SpecError):
    """An experiment that cannot be trained on this machine. The message is a sentence for the page."""

    def __init__(self, field: str, value: object, sentence: str) -> None:
        ValueError.__init__(self, sentence)
        self.field, self.value = field, value


@dataclass(frozen=True)
class RunSpec:
    """One experiment: students that differ only in their arm, once per seed.

    labels: labelled images that every student learns from. unlabelled: images beside them that only the teacher marks;
    every update has a batch of each, the same for all arms of a seed. left_out: a class that is in none of these
    images, and in the test images as ever. seeds: 1 … 10 different numbers; a seed sets
    first weights, images and order. Raises SpecError where a field is out of the range that `declared.CONTROLS`
    declares. Imported images may be gone: see `check_trainable`.
    """

    data: str
    teacher: str
    student: str
    labels: int
    epochs: int
    seeds: tuple[int, ...]
    arms: tuple[Arm, ...]
    unlabelled: int = 0
    left_out: int | None = None

    def __post_init__(self) -> None:
        _check_data(self.data)
        _one_of("student", self.student, STUDENTS)
        _one_of("labels", self.labels, CONTROLS["labels"].choices)
        _one_of("unlabelled", self.unlabelled, CONTROLS["unlabelled"].choices)
        _check_left_out(self.data, self.left_out)
        _whole("epochs", self.epochs)
        _check_teacher(self.data, self.teacher)
        check_seeds(self.seeds)
        if not isinstance(self.arms, tuple) or not all(isinstance(arm, Arm) for arm in self.arms) or not self.arms:
            raise SpecError("arms", self.arms, "must be at least one Arm")
        for arm in self.arms:
            _check_arm(arm)
        if len(set(self.arms)) < len(self.arms):
            raise SpecError("arms", len(self.arms), "must differ from each other")
        if len(self.arms) * len(self.seeds) > MAX_STUDENTS:
            students = len(self.arms) * len(self.seeds)
            raise SpecError("arms × seeds", students, f"must be at most {MAX_STUDENTS} students")

    @classmethod
    def two_arms(cls, settings: Mapping[str, Any], seeds: tuple[int, ...]) -> RunSpec:
        """The lab's comparison: labels only against the chosen method.

        settings: a value per key of `declared.CONTROLS` ("seeds" is not read), without those that may go unsaid.
        Raises SpecError.
        """
        settings = unsaid_settings() | dict(settings)
        missing = [key for key in CONTROLS if key != "seeds" and key not in settings]
        if missing:
            raise SpecError(missing[0], None, "must be set")
        taught = Arm("distilled", settings["method"], settings["temperature"], settings["alpha"])
        shared = {key: settings[key] for key in SHARED_BY_ARMS}
        return cls(**shared, seeds=tuple(seeds), arms=(LABELS_ONLY, taught))

    def settings(self) -> Settings:
        """The controls' values that describe this experiment; of several taught arms, the first."""
        taught = next((arm for arm in self.arms if arm.role == "distilled"), None)
        found: Settings = {key: control.default for key, control in CONTROLS.items()}
        found |= {key: getattr(self, key) for key in SHARED_BY_ARMS}
        if taught:
            found |= {"method": taught.method, "temperature": taught.temperature, "alpha": taught.alpha}
        return found | {"seeds": len(self.seeds)}

    @property
    def updates(self) -> int:
        """Updates of every student in all."""
        return updates_of(self.labels, self.epochs)

    def check_trainable(self) -> None:
        """Raise NotTrainable where this machine has not what the experiment needs, or a method does not fit."""
        check_here(self.data)
        check_left_out(self.data, self.left_out)
        if self.labels > max(label_counts(self.data, self.left_out)):
            name, most = without_words(self.data, self.left_out), max(label_counts(self.data, self.left_out))
            sentence = f"{name} has too few images for {self.labels:,} labelled ones: choose {most:,} at most."
            raise NotTrainable("labels", self.labels, sentence)
        check_unlabelled(self.data, self.labels, self.unlabelled, self.left_out)
        if self.teacher not in teachers_for(self.data):
            teacher, images = (available.choice_name(key, getattr(self, key)) for key in ("teacher", "data"))
            raise NotTrainable("teacher", self.teacher, f"{teacher} does not know {images}: choose another teacher.")
        for arm in self.arms:
            check_student(self.student, arm.method)
            check_method(arm.method, self.unlabelled)

    def work(self) -> Work:
        """What it asks of a worker. Raises NotTrainable if its images are not here."""
        check_here(self.data)
        evaluations = 1 + declared.evaluations(self.updates, lab_sets()[self.data].test)
        return Work(self.updates, costs.of_cohort(self, self.updates, evaluations))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready. What came later is left out at its default, so that an old experiment keeps its text."""
        return {**_said(self), "seeds": list(self.seeds), "arms": [_said(arm) for arm in self.arms]}

    def to_json(self) -> str:
        """Canonical JSON: the same experiment gives the same text."""
        return json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> RunSpec:
        """The inverse of `to_json`, to train it. Raises SpecError where the text is no experiment, NotTrainable."""
        spec = cls.read(text)
        spec.check_trainable()
        return spec

    @classmethod
    def read(cls, text: str) -> RunSpec:
        """The inverse of `to_json`, to show it. Raises SpecError where the text is no experiment."""
        try:
            stored = json.loads(text)
            arms = tuple(Arm(**arm) for arm in stored.pop("arms"))
            return cls(**{**stored, "seeds": tuple(stored["seeds"])}, arms=arms)
        except SpecError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise SpecError("spec", text, f"is not an experiment ({type(error).__name__})") from error

    def digest(self) -> str:
        """sha256 of the canonical JSON."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def updates_of(labels: int, epochs: int) -> int:
    """Updates in which a student sees `labels` images `epochs` times."""
    return math.ceil(labels / declared.BATCH) * epochs


def _said(entry: RunSpec | Arm) -> dict[str, Any]:
    """The fields of an experiment or an arm, without those that have a default and are at it."""
    defaults = {field.name: field.default for field in fields(entry) if field.default is not MISSING}
    return {key: value for key, value in asdict(entry).items() if key not in defaults or value != defaults[key]}


LABELS_ONLY = Arm("labels", "labels", temperature=1.0, alpha=0.0)
# Controls that are fields of a spec.
SHARED_BY_ARMS = ("data", "teacher", "student", "labels", "unlabelled", "left_out", "epochs")


# ── checks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def check_here(data: str) -> None:
    """Raise NotTrainable where imported images are no longer here, or no teacher knows them."""
    if data not in lab_sets():
        sentence = f"The images {shown(data)} are not on this machine, or have no teacher: import the images again."
        raise NotTrainable("data", data, sentence)


def check_student(student: str, method: str) -> None:
    """Raise NotTrainable where a method cannot teach a student."""
    if METHODS[method].needs_feature_maps and not STUDENTS[student].has_feature_maps:
        taught, name = METHODS[method].name, STUDENTS[student].name
        sentence = f"{taught} compares feature maps, and the student “{name}” has none: choose another of the two."
        raise NotTrainable("student", student, sentence)


def check_method(method: str, unlabelled: int) -> None:
    """Raise NotTrainable where there are unlabelled images and a method says nothing about them."""
    if unlabelled and METHODS[method].labelled_only:
        fitting = f"“{METHODS['kd'].name}” or “{METHODS['logits'].name}”"
        sentence = f"{METHODS[method].name} needs the label of every image: choose {fitting}, or no unlabelled images."
        raise NotTrainable("method", method, sentence)


def check_unlabelled(data: str, labels: int, unlabelled: int, left_out: int | None = None) -> None:
    """Raise NotTrainable where the images do not suffice for so many unlabelled ones beside the labelled."""
    most = max(unlabelled_counts(data, labels, left_out))
    if unlabelled > most:
        name = without_words(data, left_out)
        beside = f"for {unlabelled:,} unlabelled ones beside {labels:,} labelled"
        raise NotTrainable("unlabelled", unlabelled, f"{name} has too few images {beside}: choose {most:,} at most.")


def check_left_out(data: str, left_out: int | None) -> None:
    """Raise NotTrainable where there is no such class, or too few images remain without it."""
    if left_out is not None and left_out not in can_be_left_out(data):
        sentence = (
            f"{lab_sets()[data].name} has no class {left_out} that could be left out: choose another one, or none."
        )
        raise NotTrainable("left_out", left_out, sentence)


def teachers_for(data: str) -> list[str]:
    """Ids of the teachers that fit the images of `data`, the family's own teacher first."""
    family, known = lab_sets()[data].family, available.teachers_if_readable().values()
    return [family, *(entry.id for entry in known if entry.family == family and entry.id != family)]


def check_seeds(seeds: tuple[int, ...]) -> None:
    """Raise SpecError where seeds repeat, are no whole numbers, or are too few or many."""
    most = int(CONTROLS["seeds"].high)
    if not isinstance(seeds, tuple) or not 1 <= len(seeds) <= most:
        raise SpecError("seeds", seeds, f"must be 1 to {most} numbers")
    for seed in seeds:
        if type(seed) is not int or not 0 <= seed <= MAX_SEED:
            raise SpecError("seeds", seed, f"must be whole numbers from 0 to {MAX_SEED:,}")
    if len(set(seeds)) < len(seeds):
        raise SpecError("seeds", ".".join(map(str, seeds)), "must differ from each other")


def _check_data(data: object) -> None:
    if not (isinstance(data, str) and _IMPORTED.fullmatch(data)):
        _one_of("data", data, DATA)


def _check_teacher(data: str, teacher: object) -> None:
    """Of images of one's own only `check_trainable` can say which teachers know them; their own has their id."""
    if data == teacher and data not in DATA:
        return
    if data in DATA and teacher not in teachers_for(data):
        fitting = ", ".join(teachers_for(data))
        raise SpecError("teacher", teacher, f"must be one that knows {DATA[data].name} ({fitting})")
    _one_of("teacher", teacher, teacher_ids())


def _check_left_out(data: str, left_out: object) -> None:
    """Of images of one's own only `check_trainable` can say which classes they have."""
    classes = DATA[data].classes if data in DATA else declared.CLASSES
    if left_out is not None and (type(left_out) is not int or not 0 <= left_out < classes):
        raise SpecError("left_out", left_out, f"must be a class, 0 to {classes - 1}, or none")


def _check_arm(arm: Arm) -> None:
    _one_of("role", arm.role, ("labels", "distilled"))
    _one_of("method", arm.method, METHODS)
    _number("temperature", arm.temperature)
    _number("alpha", arm.alpha)
    if (arm.role == "labels") != (arm.method == "labels") or (arm.role == "labels" and arm.alpha != 0):
        raise SpecError("role", arm.role, "must be “labels” for the method “labels” with alpha 0, and for no other")
    _one_of("bug", arm.bug, ("", *bugs.BUGS))
    if arm.bug and arm.method != bugs.METHOD:
        raise SpecError("bug", arm.bug, f"must be in an arm with the method “{bugs.METHOD}”")


def _one_of(field: str, value: object, choices: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, str | int) or value not in choices:
        raise SpecError(field, value, f"must be one of {', '.join(map(str, choices))}")


def _number(field: str, value: object) -> None:
    control = CONTROLS[field]
    fits = isinstance(value, int | float) and not isinstance(value, bool) and control.low <= value <= control.high
    if not fits:  # NaN fits nowhere
        raise SpecError(field, value, f"must be {control.low:g} to {control.high:g}")


def _whole(field: str, value: object) -> None:
    if type(value) is not int:
        raise SpecError(field, value, "must be a whole number")
    _number(field, value)


def shown(value: object) -> str:
    """A value as it may stand in a sentence: short, on one line, without markup."""
    text = str(value)[:200] if isinstance(value, str) else repr(value)[:200]
    text = _UNSAFE.sub("?", text)
    return f"“{text[:24]}…”" if len(text) > 24 else f"“{text}”"


# ── URL ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def fresh_seeds(count: int, avoid: tuple[int, ...] = ()) -> tuple[int, ...]:
    """`count` new, different seeds, ascending, none of `avoid`."""
    free = [seed for seed in FRESH_SEEDS if seed not in avoid]
    return tuple(sorted(random.SystemRandom().sample(free, count)))


def default_settings() -> Settings:
    """Every control's default."""
    return {key: control.default for key, control in CONTROLS.items()}


def unsaid_settings() -> Settings:
    """The defaults of the controls that may go unsaid."""
    return {key: control.default for key, control in CONTROLS.items() if control.unsaid}


def settings_from_query(params: Mapping[str, str]) -> tuple[Settings, tuple[int, ...] | None, list[str]]:
    """Read the controls, and the seeds if they are named, from a URL's parameters.

    Never raises: what cannot be read falls back to the default. Returns (value per control, seeds or None, one
    sentence per problem). "seeds" is a count ("3") or the seeds themselves ("12.904.33", a single one as "12.").
    """
    settings, seeds, problems = default_settings(), None, []
    for key, raw in params.items():
        text = raw if isinstance(raw, str) else str(raw)
        if key == RUN_KEY:
            if not _RUN_ID.fullmatch(text):
                problems.append(f"The address names no run: {shown(text)} is not a run's id.")
        elif key not in CONTROLS:
            problems.append(f"The address has a setting that does not exist, {shown(key)}; it is left out.")
        elif key == "seeds":
            seeds = _read_seeds(text, settings, problems)
        elif key not in ("teacher", "left_out"):  # which teachers and classes there are depends on the images
            settings[key] = _read(CONTROLS[key], text, problems)
    settings["left_out"] = _read_left_out(params.get("left_out"), settings["data"], problems)
    most = max(label_counts(settings["data"], settings["left_out"]))
    if settings["labels"] > most:
        name = without_words(settings["data"], settings["left_out"])
        problems.append(
            f"{CONTROLS['labels'].words}: {name} has fewer than {settings['labels']:,}, so {most:,} are taken."
        )
        settings["labels"] = most
    fitting = max(unlabelled_counts(settings["data"], settings["labels"], settings["left_out"]))
    if settings["unlabelled"] > fitting:
        name = without_words(settings["data"], settings["left_out"])
        left = f"beside {settings['labels']:,} labelled ones {name} has fewer than"
        words = CONTROLS["unlabelled"].words
        problems.append(f"{words}: {left} {settings['unlabelled']:,}, so {fitting:,} are taken.")
        settings["unlabelled"] = fitting
    settings["teacher"] = _read_teacher(params.get("teacher"), settings["data"], problems)
    return settings, seeds, problems


def run_from_query(params: Mapping[str, str]) -> str | None:
    """The run's id that a URL names, where it has the form of one."""
    text = params.get(RUN_KEY)
    return text if isinstance(text, str) and _RUN_ID.fullmatch(text) else None


def is_run_id(text: str) -> bool:
    """True where `text` has the form of a run's id."""
    return bool(_RUN_ID.fullmatch(text))


def query_from(settings: Mapping[str, Any], seeds: tuple[int, ...] | None, run_id: str | None) -> dict[str, str]:
    """URL parameters that `settings_from_query` reads back: the controls, the seeds if given, the run if any."""
    unsaid = unsaid_settings()
    chosen = unsaid | dict(settings)
    said = [key for key in CONTROLS if key != "seeds" and (key not in unsaid or chosen[key] != unsaid[key])]
    query = {key: _written(chosen[key]) for key in said}
    query["seeds"] = _written(settings["seeds"]) if seeds is None else ".".join(map(str, seeds))
    if seeds is not None and len(seeds) == 1:
        query["seeds"] += "."
    return query | ({RUN_KEY: run_id} if run_id else {})


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read_teacher(wanted: str | None, data: str, problems: list[str]) -> str:
    """The teacher `wanted` where it knows the images, else their own and a sentence that names it."""
    own = lab_sets()[data].family
    if wanted is None or wanted in teachers_for(data):
        return wanted or own
    named = wanted in teacher_ids()
    name = available.choice_name("teacher", wanted) if named else shown(wanted)
    reason = f"does not know {lab_sets()[data].name}" if named else "is not on offer"
    problems.append(f"Teacher: {name} {reason}, so {available.choice_name('teacher', own)} is taken.")
    return own


def _read_left_out(wanted: str | None, data: str, problems: list[str]) -> int | None:
    """The class that is wanted where `data` has it, else none and a sentence that says so."""
    offered, number = can_be_left_out(data), _parsed(wanted or "")
    if wanted is None or number in offered:
        return None if number is None else int(number)
    words, name = CONTROLS["left_out"].words, lab_sets()[data].name
    listed = f"{offered[0]} to {offered[-1]}" if offered else "none"
    problems.append(f"{words}: {shown(wanted)} is no class of {name} by its number ({listed}), so none is left out.")
    return None


def _read(control: Control, text: str, problems: list[str]) -> Any:
    """The value of one control, or its default and a sentence."""
    choices = control.choices
    if choices and isinstance(choices[0], str):
        if text in (lab_sets() if control.key == "data" else choices):
            return text
        problems.append(_fallback(control, text, "is not on offer"))
        return control.default
    number = _parsed(text)
    if number is None:
        problems.append(_fallback(control, text, "is not a number"))
        return control.default
    if choices:
        if number in choices:
            return int(number)
        listed = ", ".join(f"{choice:,}" for choice in choices)
        problems.append(_fallback(control, text, f"is not one of {listed}"))
        return control.default
    if not control.low <= number <= control.high:
        problems.append(_fallback(control, text, f"is outside {control.low:g} to {control.high:g}"))
        return control.default
    steps = round((number - control.low) / control.step)
    nearest = min(round(control.low + steps * control.step, 6), control.high)
    if abs(nearest - number) > 1e-9:
        problems.append(f"{control.words}: {shown(text)} is between two steps, so {nearest:g} is taken.")
    return int(nearest) if isinstance(control.default, int) else float(nearest)


def teacher_ids() -> list[str]:
    """Ids of all teachers."""
    return list(dict.fromkeys([data.family for data in DATA.values()] + list(available.teachers_if_readable())))


def _read_seeds(text: str, settings: Settings, problems: list[str]) -> tuple[int, ...] | None:
    control = CONTROLS["seeds"]
    if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= control.high:  # a count
        if int(text) >= control.low:
            settings["seeds"] = int(text)
            return None
        problems.append(_fallback(control, text, f"is outside {control.low:g} to {control.high:g}"))
        return None
    parts = text.removesuffix(".").split(".") if len(text) < 200 else []
    if not parts or not all(part.isascii() and part.isdigit() for part in parts):
        problems.append(_fallback(control, text, "is neither a count of seeds nor seeds like 12.904.33"))
        return None
    seeds = tuple(int(part) for part in parts)
    try:
        check_seeds(seeds)
    except SpecError:
        reason = f"are not 1 to {control.high:g} different numbers from 0 to {MAX_SEED:,}"
        problems.append(_fallback(control, text, reason))
        return None
    settings["seeds"] = len(seeds)
    return seeds


def _parsed(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _fallback(control: Control, text: str, reason: str) -> str:
    return (
        f"{control.words}: {shown(text)} {reason}, so {available.choice_name(control.key, control.default)} is taken."
    )


def arm_from(fields: Mapping[str, Any]) -> Arm:
    """An Arm from its JSON form. Raises SpecError where a field is missing or out of range."""
    try:
        role = cast(Literal["labels", "distilled"], fields["role"])
        arm = Arm(role, fields["method"], fields["temperature"], fields["alpha"], fields.get("bug", ""))
    except (KeyError, TypeError) as error:
        raise SpecError("arms", fields, "must have role, method, temperature and alpha") from error
    _check_arm(arm)
    return arm
