"""A drawing, answered by teacher and students: by those of this moment, or of one that was kept."""

import base64
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.catalog.available import drawable, lab_sets, teachers_if_readable
from app.catalog.declared import DataSet
from app.server.api.asking import bad, missing, whole
from app.server.api.students import class_names, found, teacher_of
from app.server.inference_client import InferenceClient, InferenceRefused
from app.store import Store

LONGEST = 4096  # bytes of a drawing: more than any that the networks know


def run_drawing(request: Request, body: bytes, store: Store, inference: InferenceClient) -> Response:
    """Logits of teacher and students for a drawing, a byte for each pixel. `update`: of the students then;
    `alone`: 1 for the teacher alone, if the students answer in the browser.

    "update" of the answer names the update of the students that answered; None if there are no students yet.
    """
    run_id, update = request.path_params["run_id"], whole(request, "update", None)
    spec, record, students = found(run_id, update, store)
    data = drawn_on(spec["data"], body)
    teacher, asked = teacher_of(spec, record), None
    if students and not whole(request, "alone", 0):
        asked = {"student": spec["student"], "path": str(students[0]), "sha256": students[1], "update": students[2]}
    answer = _asked(inference, data, body, teacher.id if teacher else None, asked)
    update = students[2] if students else None
    return JSONResponse({**answer, "classes": class_names(spec["data"]), "update": update})


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
    return JSONResponse({**answer, "classes": class_names(data), "update": None})


def drawn_on(data: str, body: bytes) -> DataSet:
    """The images that a drawing is one of. Answers 400 if it cannot be."""
    known = lab_sets().get(data)
    if known is None or not drawable(data):
        raise bad("The networks of this run do not know drawings.")
    if len(body) != known.channels * known.size**2:
        raise bad(f"A drawing has {known.channels * known.size**2:,} pixels of one byte each, got {len(body):,} bytes.")
    return known


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
