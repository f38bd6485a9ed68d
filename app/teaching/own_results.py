"""A learner's own results as files to keep: a table for a spreadsheet, and JSON."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.experiments.files import no_formula
from app.store import Answer, Progress, Run, Saved

COLUMNS = ("what", "lesson", "id", "version", "variant", "given", "score", "confidence", "name", "state", "at")


@dataclass(frozen=True)
class Results:
    """All that a learner did. predictions: (lesson, what was predicted)."""

    answers: Sequence[Answer]
    steps: Sequence[Progress]
    predictions: Sequence[tuple[str, Saved]]
    runs: Sequence[Run]


def records(results: Results) -> list[dict[str, Any]]:
    """Everything as rows with the same columns, in the order in which it happened."""
    rows: list[dict[str, Any]] = []
    for one in results.answers:
        asked = {"lesson": one.lesson, "id": one.question, "version": one.v, "variant": one.variant}
        given = {"given": json.loads(one.given_json), "score": one.score, "confidence": one.sure}
        rows.append({"what": "answer", **asked, **given, "at": one.at})
    rows += [{"what": "step", "lesson": one.lesson, "id": one.step, "at": one.at} for one in results.steps]
    for lesson, saved in results.predictions:
        asked = {"lesson": lesson, "id": saved.prediction, "version": saved.version}
        rows.append({"what": "prediction", **asked, "given": json.loads(saved.value_json), "at": saved.at})
    rows += [
        {"what": "run", "id": run.id, "name": run.name, "state": run.state, "at": run.created} for run in results.runs
    ]
    return [{**row, "at": _moment(row["at"])} for row in sorted(rows, key=lambda row: float(row["at"]))]


def to_json(results: Results) -> str:
    """A JSON object with a list of records."""
    return json.dumps({"times": "UTC", "records": records(results)}, ensure_ascii=False, indent=1) + "\n"


def to_csv(results: Results) -> str:
    """A table. What a spreadsheet would take for a formula begins with an apostrophe."""
    body = io.StringIO()
    table = csv.writer(body, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in records(results):
        table.writerow([_cell(row.get(column, "")) for column in COLUMNS])
    return body.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return no_formula(value)
    return no_formula(json.dumps(value, ensure_ascii=False)) if isinstance(value, list | dict) else str(value)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
