"""A drawing, answered by teacher and students: by those of this moment, or of one that was kept."""

import base64
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.catalog.available import drawable, lab_sets, teachers_if_readable
from app.catalog.declared import DataSet
from app.catalog.pack import PackError
from app.experiments import snapshots
from app.experiments.recordings import runs as recorded
from app.images import png
from app.server.api.asking import bad, missing, whole
from app.server.api.runs import cohort_fields, kept_run, stored_run
from app.server.inference_client import InferenceClient, InferenceRefused
from app.store import ENDED, Run, Store, files

LONGEST = 4096  # bytes of a drawing: more than any that the networks know


def run_drawing(request: Request, body: bytes, store: Store, inference: InferenceClient) -> Response:
    """Logits of teacher and students for a drawing, a byte for each pixel. `update`: of the students then.

    "update" of the answer names the update of the students that answered; None if there are no students yet.
    """
    run_id, update = request.path_params["run_id"], whole(request, "update", None)
    students: tuple[Path, str | None, int] | None
    if recorded.is_recorded(run_id):
        kept = kept_run(run_id)
        spec, record, students = kept.spec.as_dict(), kept.record, _recorded_weights(kept, update)
    else:
        run = stored_run(run_id, store)
        spec, record, students = cohort_fields(run), run.record, _weights_of(run, update)
    data = drawn_on(spec["data"], body)
    entry = teachers_if_readable().get(spec["teacher"])
    same = entry is not None and record.get("teacher_digest", entry.sha256) == entry.sha256
    asked = None
    if students:
        asked = {"student": spec["student"], "path": str(students[0]), "sha256": students[1], "update": students[2]}
    answer = _asked(inference, data, body, entry.id if entry and same else None, asked)
    return JSONResponse({**answer, "classes": _classes(spec["data"]), "update": students[2] if students else None})


def teacher_drawing(request: Request, body: bytes, _store: Store, inference: InferenceClient) -> Response:
    """Logits of a teacher for a drawing: what can be asked before any run."""
    teacher, data = request.path_params["teacher"], request.query_params.get("data", "")
    entry = teachers_if_readable().get(teacher)
    if entry is None or data not in lab_sets():
        raise missing("There is no such teacher, or there are no such images.")
    known = drawn_on(data, body)
    if entry.family != known.family:
        raise bad("This teacher does not know these images.")
    answer = _asked(inference, known, body, teacher, None)
    return JSONResponse({**answer, "classes": _classes(data), "update": None})


def drawn_on(data: str, body: bytes) -> DataSet:
    """The images that a drawing is one of. Answers 400 if it cannot be."""
    known = lab_sets().get(data)
    if known is None or not drawable(data):
        raise bad("The networks of this run do not know drawings.")
    if len(body) != known.channels * known.size**2:
        raise bad(f"A drawing has {known.channels * known.size**2:,} pixels of one byte each, got {len(body):,} bytes.")
    return known


def _recorded_weights(run: recorded.RecordedRun, update: int | None) -> tuple[Path, str | None, int]:
    try:
        weights = run.weights(update)
    except ValueError as error:
        raise missing(str(error)) from error
    return weights.path, weights.sha256, weights.update


def _weights_of(run: Run, update: int | None) -> tuple[Path, None, int] | None:
    """(file, no sha256, update) of the students to ask: those that an ended run left behind, else a snapshot."""
    whole_run = update is None or update >= run.update
    ended = files.find(files.weights(run.id)) if run.state in ENDED else None
    snapshot = None if ended and whole_run else snapshots.at(run.id, update)
    if snapshot:
        return snapshot[0], None, snapshot[1]
    return (ended, None, run.update) if ended else None  # perhaps of its past nothing was kept


def _asked(
    inference: InferenceClient, data: DataSet, body: bytes, teacher: str | None, students: dict[str, Any] | None
) -> dict[str, Any]:
    if teacher is None and students is None:
        raise missing("Nobody can be asked: the teacher has changed since, and no students’ weights are here.")
    pixels = base64.b64encode(body).decode()
    try:
        return inference.ask(do="read", data=data.id, pixels=pixels, teacher=teacher, students=students)
    except InferenceRefused as error:
        raise HTTPException(422, str(error)) from error


def _classes(data: str) -> list[str]:
    try:
        return list(png.shown_images(data).classes)
    except PackError:
        return list(map(str, range(lab_sets()[data].classes)))
