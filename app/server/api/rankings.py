"""In what order a page offers test images: by the teacher's doubt, or by how far the distilled students are from it."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.catalog.available import lab_sets
from app.experiments.ranking import farthest, most_ambiguous
from app.experiments.recordings import runs as recorded
from app.server.api.answers import NOT_YET, TEACHER_NOT_YET, pictured_in
from app.server.api.asking import bad, missing, whole
from app.server.api.runs import cohort_fields, kept_run, recorded_answers, stored_run
from app.store import Store


def run_ranking(request: Request, store: Store) -> Response:
    """Test images in order, with their labels. by: ambiguous, or differ, at the latest point by `update`."""
    run_id, by, update = request.path_params["run_id"], _by(request), whole(request, "update", None)
    if recorded.is_recorded(run_id):
        kept = kept_run(run_id)
        said = recorded_answers(kept)
        if by == "ambiguous":
            return _ordered(most_ambiguous(said.teacher), kept.labels)
        then = sum(moment <= update for moment in said.moments) - 1 if update is not None else -1
        students = said.students[then][_taught([vars(arm) for arm in kept.spec.arms])]
        return _ordered(farthest(said.teacher, students), kept.labels)
    run = stored_run(run_id, store)
    spec = cohort_fields(run)
    labels = pictured_in(spec["data"], 0).labels
    teacher = store.teachers.answers(spec["data"], spec["teacher"])
    if teacher is None or teacher.teacher_digest != run.record.get("teacher_digest", teacher.teacher_digest):
        raise missing("The teacher of this run has been replaced since.")
    if by == "ambiguous":
        return _ordered(most_ambiguous(teacher.logits), labels)
    past = [] if update is None else [e["seq"] for e in store.runs.events(run_id, 0) if e["update"] <= update]
    answers = store.runs.logits(run_id, max(past, default=None))  # None: the newest
    if answers is None:
        raise missing(NOT_YET)
    return _ordered(farthest(teacher.logits, answers[0][_taught(spec["arms"])]), labels)


def teacher_ranking(request: Request, store: Store) -> Response:
    """Test images of `data` by a teacher's doubt, before any run."""
    if _by(request) == "differ":
        raise missing(NOT_YET)
    data, teacher = request.query_params.get("data", ""), request.path_params["teacher"]
    if data not in lab_sets():
        raise bad("data must be a data set's id.")
    answers = store.teachers.answers(data, teacher)
    if answers is None:
        raise missing(TEACHER_NOT_YET)
    return _ordered(most_ambiguous(answers.logits), pictured_in(data, 0).labels)


def _by(request: Request) -> str:
    by = request.query_params.get("by", "ambiguous")
    if by not in ("ambiguous", "differ"):
        raise bad("by must be ambiguous or differ.")
    return by


def _taught(arms: Sequence[Any]) -> int:
    return next((index for index, arm in enumerate(arms) if arm["role"] == "distilled"), 0)


def _ordered(images: list[int], labels: Any) -> Response:
    return JSONResponse({"images": images, "labels": [int(labels[image]) for image in images]})
