"""The students of a run, for whoever lets them answer without this server: by the moment, or as they were before."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.catalog.available import TeacherEntry, lab_sets, teachers_if_readable
from app.catalog.declared import STUDENTS, DataSet
from app.catalog.pack import PackError
from app.experiments import snapshots
from app.experiments import students as taken
from app.experiments.recordings import runs as recorded
from app.images import png
from app.server.api.asking import BYTES, missing, whole
from app.server.api.assets import tagged
from app.server.api.runs import (
    OTHER_VERSION,
    cohort_fields,
    description,
    file_name,
    kept_file,
    kept_run,
    stored_run,
    verdict_words,
    weights,
)
from app.server.inference_client import InferenceClient
from app.server.take_home import LARGEST_PAGE, page, reached_words, taught_words
from app.store import ENDED, Run, Store, files

LARGEST = 8_000_000  # bytes of all students of a run that a page fetches to let them answer
HTML = "text/html; charset=utf-8"
ALONE = "sandbox allow-scripts; frame-ancestors 'none'"  # beside the policy that the page itself has
Where = tuple[Path, str | None, int]  # of students: a file, its sha256 if it is a recording's, and after which update


def run_students(request: Request, store: Store) -> Response:
    """All students of a run, as `experiments.students` writes them. `update`: those of then, or the latest before.

    Beside what it says there: "classes", their names; "update", of these students; "teacher", whether the teacher that
    they had can still be asked.
    """
    run_id = request.path_params["run_id"]
    spec, record, where = found(run_id, whole(request, "update", None), store)
    if where is None:
        raise missing("There are no students of this run yet: they are kept from the first point on.")
    data = images_of(spec)
    path, sha256, update = where
    try:
        tensors = taken.read(path, sha256, update)
        if (size := sum(4 * tensor.size for tensor in tensors.values())) > LARGEST:
            raise HTTPException(413, f"These students have {size / 1e6:.0f} MB together: the server answers for them.")
        about = {"classes": class_names(data.id), "update": update, "teacher": teacher_of(spec, record) is not None}
        body = taken.students_file(tensors, taken.layers_of(spec, data), data, about)
    except ValueError as error:
        raise missing(str(error)) from error
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return tagged(request, tag, "private, no-cache", BYTES, lambda: body)


def found(run_id: str, update: int | None, store: Store) -> tuple[dict[str, Any], dict[str, Any], Where | None]:
    """(spec, record, its students then, None before there are any) of a stored or recorded run.

    update: None for the latest students. Answers 404 if there is no such run, or if it trains no students.
    """
    if recorded.is_recorded(run_id):
        kept = kept_run(run_id)
        return kept.spec.as_dict(), kept.record, _recorded_weights(kept, update)
    run = stored_run(run_id, store)
    return cohort_fields(run), run.record, _weights_of(run, update)


def images_of(spec: Mapping[str, Any]) -> DataSet:
    """The images of a run's students. Answers 404 if this version knows neither them nor such students."""
    data = lab_sets().get(spec["data"])
    if data is None or spec["student"] not in STUDENTS:
        raise missing(OTHER_VERSION)
    return data


def teacher_of(spec: Mapping[str, Any], record: Mapping[str, Any]) -> TeacherEntry | None:
    """The teacher that a run had, None if it is not here any more, or is another by now."""
    entry = teachers_if_readable().get(spec["teacher"])
    same = entry is not None and record.get("teacher_digest", entry.sha256) == entry.sha256
    return entry if same else None


def class_names(data: str) -> list[str]:
    """The names of the classes of some images; numbers if the images are not here."""
    try:
        return list(png.shown_images(data).classes)
    except PackError:
        return list(map(str, range(lab_sets()[data].classes)))


def _recorded_weights(run: recorded.RecordedRun, update: int | None) -> Where:
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


# ── one student to take away ─────────────────────────────────────────────────────────────────────────────────────


def student_page(request: Request, store: Store, inference: InferenceClient) -> Response:
    """A student as a page that runs by itself. `student`: which, as its weights are called; `keep`: 1 for a file."""
    run_id = request.path_params["run_id"]
    called, spec, record, events = description(run_id, store, cohort_fields)
    student = _one(request, spec, run_id, store)
    classes = class_names(student.data.id)
    found_words = verdict_words(run_id, store)
    told = [taught_words(student, spec), reached_words(student, events, record)]
    told += [f"What its run found: {found_words}"] if found_words else []
    html = page(student, classes, told)
    if len(html.encode()) > LARGEST_PAGE:
        html = page(student, classes, told, _rounding(student, spec, run_id, store, inference), half=True)
    if whole(request, "keep", 0):
        return kept_file(html, HTML, file_name(called, run_id, "student.html"))
    return Response(html, media_type=HTML, headers={"Content-Security-Policy": ALONE, "Cache-Control": "no-store"})


def student_onnx(request: Request, store: Store) -> Response:
    """A student as an ONNX file to keep. `student`: which, as its weights are called."""
    run_id = request.path_params["run_id"]
    called, spec, record, _events = description(run_id, store, cohort_fields)
    student = _one(request, spec, run_id, store)
    about = {"run": run_id, "name": called, "classes": json.dumps(class_names(student.data.id), ensure_ascii=False)}
    about |= {"spec": json.dumps(spec), "record": json.dumps(record), "verdict": verdict_words(run_id, store)}
    told = {key: text for key, text in about.items() if text}
    from app.experiments.onnx_file import onnx_file  # imported by who asks for one

    return kept_file(onnx_file(student, told), BYTES, file_name(called, run_id, "student.onnx"))


def _one(request: Request, spec: Mapping[str, Any], run_id: str, store: Store) -> taken.Student:
    data = images_of(spec)
    try:
        return taken.one_of(weights(run_id, store), spec, data, request.query_params.get("student", ""))
    except ValueError as error:
        raise missing(str(error)) from error


def _rounding(
    student: taken.Student, spec: Mapping[str, Any], run_id: str, store: Store, inference: InferenceClient
) -> dict[str, Any] | None:
    """What float16 changes in a student's answers, None if its test images are not here."""
    _spec, _record, where = found(run_id, None, store)
    assert where is not None  # its weights were read
    asked = {"student": spec["student"], "path": str(where[0]), "sha256": where[1], "update": where[2]}
    answer = inference.ask(do="halve", data=student.data.id, students=asked, place=student.place)
    return answer if answer["images"] else None
