"""How a run stands, its events, its verdict, and the run as files to keep."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.catalog import paths
from app.catalog.available import lab_sets
from app.catalog.declared import STUDENTS
from app.experiments import files, kinds
from app.experiments.kinds.chain import Chain, has_control
from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings import runs as recorded
from app.experiments.spec import SpecError, is_run_id
from app.experiments.students import layers_of, network_of
from app.experiments.verdict import Stage
from app.server import identity
from app.server.api.asking import missing, whole
from app.store import LIVE, Run, Store, TeacherAnswers
from app.store import files as stored
from app.teaching.copies import copy_in

NO_RUN = "There is no such run here. It may have been removed to make room for others."
OTHER_VERSION = "This run was made by another version of the app, which knew what this one does not."
OTHER_KIND = "This can be asked of runs that train students, and this run is of the kind"
FILES = {
    "curves.csv": "text/csv; charset=utf-8",
    "settings.json": "application/json",
    "weights.safetensors": "application/octet-stream",
    "load_weights.py": "text/plain; charset=utf-8",
}


def run_events(request: Request, store: Store) -> Response:
    """How a run stands, and its events after `after`."""
    run_id, after = request.path_params["run_id"], whole(request, "after", 0) or 0
    if recorded.is_recorded(run_id):
        return JSONResponse(recorded_state(kept_run(run_id), after))
    state = store.runs.look(run_id, after) if is_run_id(run_id) else None
    if state is None:
        raise missing(NO_RUN)
    run, events = state
    body = json.dumps(run_state(run, store, identity.learner_from(request.cookies)), separators=(",", ":"))
    text = f'{body[:-1]},"next":{max(run.seq, after)},"events":[{",".join(events)}]}}'  # events are JSON already
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


def run_state(run: Run, store: Store, learner: str | None = None) -> dict[str, Any]:
    """Everything that /events says about a run but its events."""
    place = store.runs.place(run.id) if run.state == "queued" else None
    message = run.message
    if run.state == "queued" and not message:
        message = store.facts.get("runner") or ""
    answers = None if "teacher_accuracy" in run.record else _teacher_of(run, store)
    return {
        "id": run.id,
        "name": run.name,
        "state": run.state,
        "message": message,
        "place": place[0] if place else None,
        "wait_s": round(place[1], 1) if place and place[1] is not None else None,
        "update": run.update,
        "updates": run.updates,
        "seconds": round(run.seconds, 2),
        "created": run.created,
        "mine": learner is not None and learner == run.learner,
        "spec": spec_fields(run),
        "measures": _measures(run.spec_json),
        "teacher_accuracy": run.record.get("teacher_accuracy", answers.accuracy if answers else None),
        "test_images": run.record.get("test_images", answers.test_images if answers else None),
        "copy": copy_in(run.record),
        "record": run.record,
        "verdict": run_verdict(run, store),
        "control": _has_control(run.spec_json),
    }


def spec_fields(run: Run) -> dict[str, Any]:
    """The run's experiment as JSON, without a check of its values.

    Answers 404 for what is of no kind, and for a cohort that names no images or teacher.
    """
    try:
        fields = dict(json.loads(run.spec_json))
        if fields.get("kind", kinds.FIRST) != kinds.FIRST or isinstance(fields["data"] + fields["teacher"], str):
            return fields
    except (ValueError, TypeError, KeyError):
        pass
    raise missing(OTHER_VERSION)


def cohort_fields(run: Run) -> dict[str, Any]:
    """The same of a cohort, also one with a control. Answers 404 for another kind."""
    fields = spec_fields(run)
    kind = fields.get("kind", kinds.FIRST)
    if kind not in (kinds.FIRST, Chain.kind):
        raise no_cohort(kind)
    return fields


def no_cohort(kind: str) -> Exception:
    """What is answered if a run that is asked about is none. kind: "" if this version cannot read it."""
    return missing(f"{OTHER_KIND} “{kind}”." if kind in kinds.kinds() else OTHER_VERSION)


@lru_cache(maxsize=1000)
def _measures(spec_json: str) -> list[dict[str, Any]]:
    """What is measured, in words; nothing for a kind that this version does not know."""
    try:
        return [asdict(measure) for measure in kinds.read(spec_json).measures]
    except SpecError:
        return []


@lru_cache(maxsize=1000)
def _has_control(spec_json: str) -> bool:
    """Whether the control of a run can be trained."""
    try:
        return has_control(RunSpec.read(spec_json))
    except SpecError:
        return False


def _teacher_of(run: Run, store: Store) -> TeacherAnswers | None:
    spec = spec_fields(run)
    return store.teachers.answers(str(spec.get("data")), str(spec.get("teacher")))


def run_verdict(run: Run, store: Store) -> dict[str, Any] | None:
    """The verdict from the run's last point, None before there is one after an update."""
    if run.seq == 0 or run.update == 0:
        return None
    stage: Stage = "finished" if run.state == "finished" else "so-far" if run.state in LIVE else "stopped"
    return _verdict_at(store, run.id, run.seq, stage, run.spec_json, run.record.get("test_images"))


@lru_cache(maxsize=1000)  # thirty pages may watch the same runs
def _verdict_at(
    store: Store, run_id: str, seq: int, stage: Stage, spec_json: str, test_images: int | None
) -> dict[str, Any] | None:
    last = store.runs.events(run_id, seq - 1)
    try:  # a run of an earlier version may name what this one does not know
        if last[0]["update"] == 0:
            return None
        return asdict(kinds.verdict_of(kinds.read(spec_json), last[0], test_images, stage))
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def recorded_state(run: recorded.RecordedRun, after: int = 0) -> dict[str, Any]:
    """What /events says about a recorded run."""
    events = [event for event in run.events if event["seq"] > after]
    nobodys = {"name": "", "message": "", "place": None, "wait_s": None, "created": None, "mine": False}
    return {
        **nobodys,
        "id": run.id,
        "state": "finished",
        "update": run.updates,
        "updates": run.updates,
        "seconds": run.seconds,
        "spec": run.spec.as_dict(),
        "measures": [asdict(measure) for measure in run.spec.measures],
        "teacher_accuracy": run.teacher_accuracy,
        "test_images": run.test_images,
        "copy": copy_in(run.record),
        "record": run.record,
        "verdict": asdict(kinds.verdict_of(run.spec, run.events[-1], run.test_images)),
        "control": False,  # it is trained beside a run of one's own
        "events": events,
        "next": events[-1]["seq"] if events else after,
    }


def stored_run(run_id: str, store: Store) -> Run:
    """The run of that id. Answers 404 if there is none."""
    run = store.runs.get(run_id) if is_run_id(run_id) else None
    if run is None:
        raise missing(NO_RUN)
    return run


def kept_run(run_id: str) -> recorded.RecordedRun:
    """The recorded run of that id. Answers 404 if there is none."""
    run = recorded.recorded_runs().get(run_id)
    if run is None:
        raise missing("There is no such recorded run in this version.")
    return run


def recorded_answers(run: recorded.RecordedRun) -> recorded.RecordedAnswers:
    """What the networks of a recorded run said. Answers 404 if its file is missing or damaged."""
    try:
        return run.answers()
    except ValueError as error:
        raise missing(str(error)) from error


def description(
    run_id: str, store: Store, fields: Callable[[Run], dict[str, Any]] = spec_fields
) -> tuple[str, dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """Name, spec, record and events of a stored or recorded run. Answers 404 if there is none."""
    if recorded.is_recorded(run_id):
        kept = kept_run(run_id)
        return "", kept.spec.as_dict(), kept.record, list(kept.events)
    run = stored_run(run_id, store)
    return run.name, fields(run), run.record, store.runs.events(run_id, 0)


# ── a run as files ───────────────────────────────────────────────────────────────────────────────────────────────


def run_file(request: Request, store: Store) -> Response:
    """Curves (curves.csv), settings (settings.json) or the students' weights (weights.safetensors), to keep; or a
    script for PyTorch that computes with these (load_weights.py).
    """
    run_id, name = request.path_params["run_id"], request.path_params["file"]
    if name not in FILES:
        raise missing("There is nothing at this address.")
    called, spec, record, events = description(run_id, store)
    about = {"run": run_id, "name": called, "verdict": verdict_words(run_id, store)}
    content: bytes | str
    if name == "weights.safetensors":
        content = files.weights_file(about, spec, weights(run_id, store), _network(spec))
    elif name == "load_weights.py":
        if "student" not in spec:
            raise no_cohort(spec["kind"])
        student = f"{files.arm_names(spec['arms'])[-1]}.seed{spec['seeds'][0]}"
        content = files.loader(file_name(called, run_id, "weights.safetensors"), student)
    elif name == "settings.json":
        content = files.settings_json(about, spec, record)
    else:
        content = files.curves_csv(run_id, spec, events)
    return kept_file(content, FILES[name], file_name(called, run_id, name))


def file_name(called: str, run_id: str, name: str) -> str:
    """What a file of a run is called on the disk of whoever keeps it. called: the run's name, "" if it has none."""
    return "-".join(part for part in ("distillery", paths.for_file_name(called), run_id, name) if part)


def kept_file(content: str | bytes, kind: str, name: str) -> Response:
    """An answer that a browser keeps as a file of that name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)


def _network(spec: Mapping[str, Any]) -> dict[str, Any]:
    """How to compute with the weights of a cohort's students, as JSON; empty for what this version does not know."""
    data = lab_sets().get(str(spec.get("data")))
    return network_of(layers_of(spec, data), data) if data and spec.get("student") in STUDENTS else {}


def verdict_words(run_id: str, store: Store) -> str:
    """The sentence that a run has come to, "" if there is none."""
    if recorded.is_recorded(run_id):
        return str(recorded_state(kept_run(run_id))["verdict"]["sentence"])
    verdict = run_verdict(stored_run(run_id, store), store)
    return str(verdict["sentence"]) if verdict else ""


def weights(run_id: str, store: Store) -> dict[str, Any]:
    """Of every student, by "arm{a}.seed{s}.<layer>". Answers 404 without them."""
    try:
        if recorded.is_recorded(run_id):
            return dict(kept_run(run_id).weights().tensors())
        return load(stored.get(stored.weights(run_id)).read_bytes())
    except SafetensorError as error:
        raise missing("The weights of this run are damaged.") from error
    except ValueError as error:
        raise missing(str(error)) from error
    except OSError as error:
        raise missing("There are no weights of this run: they are kept when it has ended.") from error
