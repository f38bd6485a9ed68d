"""What teacher and students of a run cost, and the request to time them here."""

import time
from concurrent.futures import Future
from statistics import fmean
from threading import Thread
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.catalog import declared
from app.catalog.available import TeacherEntry, lab_sets, teachers_if_readable
from app.catalog.declared import DataSet, Student
from app.experiments import costs
from app.experiments.final import reached
from app.server.api.asking import missing
from app.server.api.runs import OTHER_VERSION, cohort_fields, description
from app.server.inference_client import InferenceClient, InferenceRefused, InferenceUnavailable
from app.store import Store, StoreError
from app.teaching.copies import copy_in

_measuring: dict[str, Future[dict[str, Any]]] = {}  # by the name of the fact
_troubles: dict[str, str] = {}  # why the last one failed


def run_costs(request: Request, store: Store, inference: InferenceClient) -> Response:
    """Counted and timed costs of the run's teacher and student, and the accuracy of everybody at every point.

    "ready": whether they can be timed now.
    """
    _, spec, record, events = description(request.path_params["run_id"], store, cohort_fields)
    data, teacher, student = _networks(spec)
    tested = (int(record.get("test_images", 0)), record.get("teacher_accuracy"))
    points = []
    for event in events:
        at = reached(event, *tested)
        means = [fmean(seeds) for seeds in at.accuracy]
        points.append({"update": event["update"], "accuracy": means, "teacher": at.teacher, "images": at.images})
    answer = {
        "teacher": teacher
        and _network(teacher.name, costs.of_teacher(teacher, data), costs.fact_of_teacher(teacher, data), store),
        "student": _network(student.name, costs.of_student(student, data), costs.fact_of_student(student, data), store),
        "teacher_accuracy": record.get("teacher_accuracy"),
        "copy": copy_in(record),
        "points": points,
        "ready": inference.pid is not None,
    }
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def measure_run(request: Request, _body: bytes, store: Store, inference: InferenceClient) -> Response:
    """Have the networks of a run timed on this machine, anew if they were; what comes out is asked for later."""
    _, spec, _, _ = description(request.path_params["run_id"], store, cohort_fields)
    data, teacher, student = _networks(spec)
    _measure(costs.fact_of_student(student, data), store, inference, data=data.id, student=student.id)
    if teacher:
        _measure(costs.fact_of_teacher(teacher, data), store, inference, data=data.id, teacher=teacher.id)
    return JSONResponse({"measuring": True}, 202)


def _networks(spec: dict[str, Any]) -> tuple[DataSet, TeacherEntry | None, Student]:
    data, student = lab_sets().get(spec["data"]), declared.STUDENTS.get(str(spec.get("student")))
    if data is None:
        raise missing("The images of this run are no longer on this machine, so its networks cannot be counted.")
    if student is None:
        raise missing(OTHER_VERSION)
    return data, teachers_if_readable().get(spec["teacher"]), student


def _network(name: str, counted: costs.NetworkCost, fact: str, store: Store) -> dict[str, Any]:
    timed = {"timed": store.facts.get(fact), "measuring": fact in _measuring, "trouble": _troubles.get(fact, "")}
    return {"name": name, **vars(counted), **timed}


def _measure(fact: str, store: Store, inference: InferenceClient, **network: str) -> None:
    """Begin to time one network, if nobody does already. Raises InferenceUnavailable."""
    if fact in _measuring:
        return
    before = store.runs.trainings()
    _troubles.pop(fact, None)
    _measuring[fact] = future = inference.send(do="measure", **network)
    # A callback would wait for a busy store in the only thread that hears the inference process.
    Thread(target=_note, args=(fact, future, before, store), daemon=True, name="costs").start()


def _note(fact: str, future: Future[dict[str, Any]], before: int, store: Store) -> None:
    try:
        timed = future.result()
        store.facts.note(fact, {**timed, "when": time.time(), "beside": max(before, store.runs.trainings())})
    except (InferenceRefused, InferenceUnavailable, StoreError) as error:
        _troubles[fact] = str(error)
    finally:
        _measuring.pop(fact, None)
