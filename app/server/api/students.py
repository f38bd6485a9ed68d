"""The students of a run, for whoever lets them answer without this server: by the moment, or as they were before."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.catalog.available import TeacherEntry, lab_sets, teachers_if_readable
from app.catalog.declared import STUDENTS
from app.catalog.pack import PackError
from app.experiments import snapshots
from app.experiments import students as taken
from app.experiments.recordings import runs as recorded
from app.images import png
from app.server.api.asking import BYTES, missing, whole
from app.server.api.assets import tagged
from app.server.api.runs import OTHER_VERSION, cohort_fields, kept_run, stored_run
from app.store import ENDED, Run, Store, files

LARGEST = 8_000_000  # bytes of all students of a run that a page fetches to let them answer
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
    data = lab_sets().get(spec["data"])
    if data is None or spec["student"] not in STUDENTS:
        raise missing(OTHER_VERSION)
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
