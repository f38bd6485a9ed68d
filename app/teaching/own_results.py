"""A learner's own results as files to keep: a table for a spreadsheet, and JSON."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.experiments.files import no_formula
from app.store import Answer, Progress, Run, Saved

COLUMNS = ("what", "lesson", "id", "version", "variant", "given", "score", "confidence", "name", "state", "at")


def records(
    answers: Sequence[Answer], steps: Sequence[Progress], predictions: Sequence[tuple[str, Saved]], runs: Sequence[Run]
) -> list[dict[str, Any]]:
    """All that a learner did as rows, in the order in which it happened. predictions: (lesson, what was predicted)."""
    rows: list[dict[str, Any]] = []
    for one in answers:
        asked = {"lesson": one.lesson, "id": one.question, "version": one.v, "variant": one.variant}
        given = {"given": json.loads(one.given_json), "score": one.score, "confidence": one.sure}
        rows.append({"what": "answer", **asked, **given, "at": one.at})
    rows += [{"what": "step", "lesson": one.lesson, "id": one.step, "at": one.at} for one in steps]
    for lesson, saved in predictions:
        asked = {"lesson": lesson, "id": saved.prediction, "version": saved.version}
        rows.append({"what": "prediction", **asked, "given": json.loads(saved.value_json), "at": saved.at})
    rows += [{"what": "run", "id": run.id, "name": run.name, "state": run.state, "at": run.created} for run in runs]
    return [{**row, "at": _moment(row["at"])} for row in sorted(rows, key=lambda row: float(row["at"]))]


def to_json(rows: Sequence[dict[str, Any]]) -> str:
    """A JSON object with a list of records."""
    return json.dumps({"times": "UTC", "records": rows}, ensure_ascii=False, indent=1) + "\n"


def to_csv(rows: Sequence[dict[str, Any]]) -> str:
    """A table. What a spreadsheet would take for a formula begins with an apostrophe."""
    body = io.StringIO()
    table = csv.writer(body, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow([_cell(row.get(column, "")) for column in COLUMNS])
    return body.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return no_formula(value)
    return no_formula(json.dumps(value, ensure_ascii=False)) if isinstance(value, list | dict) else str(value)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
