"""Settings of an experiment, their way to and from the URL, and the errors of those that no experiment can have."""

import json
import math
import random
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from zipfile import BadZipFile, ZipFile

from app.catalog import available, declared, paths
from app.catalog.available import lab_sets
from app.catalog.declared import CONTROLS, DATA, Control
from app.images.image_classes import can_be_left_out, label_counts, unlabelled_counts, without_words
from app.store import files

MAX_SEED = 999_999  # readable in an address, and far more than anyone will draw
FRESH_SEEDS = range(34, 1000)  # above all that are recorded, and above every count of seeds
RUN_KEY = "run"  # the URL key of a run's id

_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{0,12})?", re.ASCII)
_RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{3,63}", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9 .,+-]")

Settings = dict[str, Any]  # Control.key → value
E = TypeVar("E")


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


def from_text(kind: Callable[..., E], fields: Mapping[str, Any], *lists: str) -> E:
    """An experiment of fields as JSON has them, those named in `lists` as tuples. Raises SpecError."""
    try:
        return kind(**{**fields, **{name: tuple(fields[name]) for name in lists if name in fields}})
    except (TypeError, KeyError) as error:
        raise SpecError("spec", json.dumps(fields), f"is not an experiment ({type(error).__name__})") from error


def updates_of(labels: int, epochs: int) -> int:
    """Updates in which a student sees `labels` images `epochs` times."""
    return math.ceil(labels / declared.BATCH) * epochs


# ── checks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def teachers_for(data: str) -> list[str]:
    """Ids of the teachers that fit the images of `data`, the family's own teacher first."""
    family, known = lab_sets()[data].family, available.teachers_if_readable().values()
    return [family, *(entry.id for entry in known if entry.family == family and entry.id != family)]


def check_weights_here(run: str) -> None:
    """Raise NotTrainable if the students of a run are not on this machine: in the store's files or a recording."""
    if files.find(files.weights(run)) is None and not _recorded_weights(run):
        sentence = f"The students of the run {shown(run)} are not on this machine any more: train them again."
        raise NotTrainable("run", run, sentence)


def _recorded_weights(run: str) -> bool:
    try:
        with ZipFile(paths.PRETRAINED / "recorded" / f"{run}.npz") as arrays:
            return any(name.startswith("weights.") for name in arrays.namelist())
    except (OSError, BadZipFile):
        return False


def check_seeds(seeds: tuple[int, ...]) -> None:
    """Raise SpecError if seeds repeat, are no whole numbers, or are too few or many."""
    most = int(CONTROLS["seeds"].high)
    if not isinstance(seeds, tuple) or not 1 <= len(seeds) <= most:
        raise SpecError("seeds", seeds, f"must be 1 to {most} numbers")
    for seed in seeds:
        if type(seed) is not int or not 0 <= seed <= MAX_SEED:
            raise SpecError("seeds", seed, f"must be whole numbers from 0 to {MAX_SEED:,}")
    if len(set(seeds)) < len(seeds):
        raise SpecError("seeds", ".".join(map(str, seeds)), "must differ from each other")


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
            if not is_run_id(text):
                problems.append(f"The address names no run: {shown(text)} is not a run's id.")
        elif key not in CONTROLS:
            problems.append(f"The address has a setting that does not exist, {shown(key)}; it is left out.")
        elif key == "seeds":
            seeds = _read_seeds(text, settings, problems)
        elif key not in ("teacher", "left_out"):  # which teachers and classes there are depends on the images
            settings[key] = _read(CONTROLS[key], text, problems)
    settings["left_out"] = _read_left_out(params.get("left_out"), settings["data"], problems)
    most = max(label_counts(settings["data"], settings["left_out"]))
    name = without_words(settings["data"], settings["left_out"])
    if (labels := settings["labels"]) > most:
        problems.append(f"{CONTROLS['labels'].words}: {name} has fewer than {labels:,}, so {most:,} are taken.")
        settings["labels"] = most
    fitting = max(unlabelled_counts(settings["data"], settings["labels"], settings["left_out"]))
    if (unlabelled := settings["unlabelled"]) > fitting:
        few = f"beside {settings['labels']:,} labelled ones {name} has fewer than {unlabelled:,}"
        problems.append(f"{CONTROLS['unlabelled'].words}: {few}, so {fitting:,} are taken.")
        settings["unlabelled"] = fitting
    settings["teacher"] = _read_teacher(params.get("teacher"), settings["data"], problems)
    return settings, seeds, problems


def run_from_query(params: Mapping[str, str]) -> str | None:
    """The run's id that a URL names, where it has the form of one."""
    text = params.get(RUN_KEY)
    return text if isinstance(text, str) and is_run_id(text) else None


def is_run_id(text: str) -> bool:
    """True if `text` has the form of a run's id."""
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
    choices, number = control.choices, _parsed(text)
    if choices and isinstance(choices[0], str):
        if text in (lab_sets() if control.key == "data" else choices):
            return text
        reason = "is not on offer"
    elif number is None:
        reason = "is not a number"
    elif choices:
        if number in choices:
            return int(number)
        reason = f"is not one of {', '.join(f'{choice:,}' for choice in choices)}"
    elif not control.low <= number <= control.high:
        reason = f"is outside {control.low:g} to {control.high:g}"
    else:
        steps = round((number - control.low) / control.step)
        nearest = min(round(control.low + steps * control.step, 6), control.high)
        if abs(nearest - number) > 1e-9:
            problems.append(f"{control.words}: {shown(text)} is between two steps, so {nearest:g} is taken.")
        return int(nearest) if isinstance(control.default, int) else float(nearest)
    problems.append(_fallback(control, text, reason))
    return control.default


def teacher_ids() -> list[str]:
    """Ids of all teachers."""
    return list(dict.fromkeys([data.family for data in DATA.values()] + list(available.teachers_if_readable())))


def _read_seeds(text: str, settings: Settings, problems: list[str]) -> tuple[int, ...] | None:
    control = CONTROLS["seeds"]
    parts = text.removesuffix(".").split(".") if len(text) < 200 else []
    if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= control.high:  # a count
        if int(text) >= control.low:
            settings["seeds"] = int(text)
            return None
        reason = f"is outside {control.low:g} to {control.high:g}"
    elif not parts or not all(part.isascii() and part.isdigit() for part in parts):
        reason = "is neither a count of seeds nor seeds like 12.904.33"
    else:
        seeds = tuple(int(part) for part in parts)
        try:
            check_seeds(seeds)
        except SpecError:
            reason = f"are not 1 to {control.high:g} different numbers from 0 to {MAX_SEED:,}"
        else:
            settings["seeds"] = len(seeds)
            return seeds
    problems.append(_fallback(control, text, reason))
    return None


def _parsed(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _fallback(control: Control, text: str, reason: str) -> str:
    return (
        f"{control.words}: {shown(text)} {reason}, so {available.choice_name(control.key, control.default)} is taken."
    )
