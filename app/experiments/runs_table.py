"""Runs as a table: a DataFrame with a row for each, and what its columns are called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pandas as pd

from app.catalog.available import lab_sets
from app.catalog.declared import CONTROLS, METHODS, STUDENTS, DataSet
from app.experiments.files import no_formula
from app.experiments.kinds.cohort import data_name
from app.experiments.outcome import Outcome
from app.experiments.verdict import Verdict
from app.images.image_classes import class_name

Kind = Literal["name", "moment", "text", "whole", "number", "share", "gain", "progress", "seconds", "student", "state"]

NO_MEASURE = {"one-seed": "one seed: no verdict", "no-spread": "no spread: no verdict"}


@dataclass(frozen=True)
class Column:
    """A column that a learner sees. key: what it is sorted by, a column of `table`. help: what it says."""

    key: str
    words: str
    kind: Kind
    help: str


NUMBERS = tuple(control for control in CONTROLS.values() if control.column)  # settings of a run
COLUMNS = (
    Column("name", "Run", "name", "Its name. A press opens it in the lab, with the controls as it had them."),
    Column("gain_points", "Gain, points", "gain", "Distilled minus labels only, paired by seed, ± its 95% interval."),
    Column("distilled_accuracy", "Distilled, %", "share", "Mean accuracy over the seeds on the test images."),
    Column("labels_only_accuracy", "Labels only, %", "share", "Mean accuracy over the seeds on the test images."),
    Column("created", "When", "moment", "When it was started."),
    Column("state", "State", "state", "Whether it waits, trains, is paused, or how it ended."),
    Column("images", "Images", "text", "What teacher and students look at."),
    *(
        Column(control.key, control.column, "whole" if isinstance(control.default, int) else "number", control.help)
        for control in NUMBERS
    ),
    Column("left_out", "Left out", "text", "The class that no student learns from, where there is one."),
    Column("parameters", "Student", "student", "Which student, and how many parameters it has."),
    Column("method", "Method", "text", "What the distilled student copies."),
    Column("temperature", "T", "number", "Temperature, where the method has one."),
    Column("alpha", "Alpha", "number", "Weight on the teacher."),
    Column("seeds", "Seeds", "whole", "Repetitions with other first weights, images and order."),
    Column("update", "Updates", "progress", "Updates made."),
    Column("seconds", "Seconds", "seconds", "How long it trained."),
)

# Every column of the table, with what it holds where nothing is known of it.
_TYPES = {
    "id": "string",
    "name": "string",
    "named": "bool",  # by the learner
    "recorded": "bool",
    "readable": "bool",  # by this version
    "compared": "bool",  # it can be opened in the lab, and pinned
    "here": "bool",  # its images are on this machine, if it has any
    "created": "Float64",  # seconds since 1970
    "images": "string",
    **{control.key: "Int64" if isinstance(control.default, int) else "Float64" for control in NUMBERS},
    "left_out": "string",
    "student": "string",
    "parameters": "Int64",
    "teacher": "string",
    "method": "string",
    "temperature": "Float64",
    "alpha": "Float64",
    "seeds": "Int64",
    "seed_numbers": "string",
    "labels_only_accuracy": "Float64",  # fraction
    "distilled_accuracy": "Float64",
    "gain_points": "Float64",
    "gain_half_width": "Float64",
    "verdict": "string",
    "test_images": "Int64",
    "update": "Int64",
    "updates": "Int64",
    "seconds": "Float64",
    "state": "string",
    "engine": "string",
}


def table(outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """A row for each run, in the order given; what is not known of a run is missing (pd.NA)."""
    here = lab_sets()
    rows = [_row(outcome, here) for outcome in outcomes]
    columns = {name: pd.array([row.get(name) for row in rows], dtype=kind) for name, kind in _TYPES.items()}
    return pd.DataFrame(columns)


def records(frame: pd.DataFrame) -> dict[str, Any]:
    """The table as JSON: {"keys": [...], "rows": [[...], ...]}, null where something is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return {"keys": list(frame.columns), "rows": plain.to_numpy().tolist()}


def to_csv(frame: pd.DataFrame) -> str:
    """The table as a file to keep, the moments written out (UTC)."""
    kept = frame.drop(columns=["readable", "compared", "here", "named"])
    kept["created"] = [
        "" if pd.isna(at) else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") for at in frame["created"]
    ]
    kept["name"] = [no_formula(name) for name in frame["name"]]
    return str(kept.to_csv(index=False, lineterminator="\n", float_format="%.10g"))


def _row(outcome: Outcome, here: Mapping[str, DataSet]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": outcome.id,
        "name": outcome.title,
        "named": bool(outcome.name) and not outcome.recorded,
        "recorded": outcome.recorded,
        "readable": outcome.experiment is not None,
        "compared": outcome.spec is not None,
        "here": outcome.spec is None or outcome.spec.data in here,
        "created": outcome.created,
        "test_images": outcome.test_images,
        "update": outcome.update,
        "updates": outcome.updates,
        "seconds": outcome.seconds,
        "state": outcome.state,
        "engine": None if outcome.engine is None else str(outcome.engine),
    }
    if experiment := outcome.experiment:
        row |= {"seeds": len(experiment.seeds), "seed_numbers": ".".join(map(str, experiment.seeds))}
    if outcome.spec is None:
        return row
    spec, had = outcome.spec, outcome.spec.settings()
    method, student, images = METHODS[had["method"]], STUDENTS[spec.student], here.get(spec.data)
    row |= {
        "images": data_name(spec.data),
        **{control.key: getattr(spec, control.key) for control in NUMBERS},
        "left_out": None if spec.left_out is None else class_name(spec.data, spec.left_out),
        "student": student.name,
        "parameters": student.parameters(images) if images else None,
        "teacher": spec.teacher,
        "method": method.name,
        "temperature": had["temperature"] if method.uses_temperature else None,
        "alpha": had["alpha"],
    }
    for role, key in (("labels", "labels_only_accuracy"), ("distilled", "distilled_accuracy")):
        if arm := outcome.arm(role):
            row[key] = sum(arm[1]) / len(arm[1])
    if said := outcome.gain:
        row |= {"gain_points": said.mean, "gain_half_width": said.half_width, "verdict": verdict_word(said)}
    return row


def verdict_word(said: Verdict) -> str:
    """What a verdict says, in a word or three."""
    if said.stage != "finished":
        return "so far"
    if said.kind == "none":
        return f"not measurable, better in {said.ahead} of {said.seeds} seeds"
    return NO_MEASURE.get(said.kind, said.kind if said.kind in ("better", "worse") else "")
