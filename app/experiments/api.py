"""The JSON routes that the page's JavaScript reads. Read only: whoever has a run's id may watch it. Knows no torch.

Every answer but an image or a script is JSON; every error is {"message": a sentence}.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from app import catalog, identity
from app.catalog import Arm, lab_sets
from app.experiments import files, pictures, recorded
from app.experiments.spec import is_run_id, shown
from app.experiments.verdict import Stage, verdict
from app.packs import PackError
from app.store import ENDED, LIVE, Run, Store, StoreError, TeacherAnswers, weights_path
from app.store import shared as shared_store

FOREVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
COMPONENTS = catalog.PROJECT / "app" / "components"
NO_RUN = "There is no such run here. It may have been removed to make room for others."
OTHER_VERSION = "This run was made by another version of the app, which knew what this one does not."
FILES = {
    "curves.csv": "text/csv; charset=utf-8",
    "settings.json": "application/json",
    "weights.safetensors": "application/octet-stream",
}
_VERSION_LENGTH = 12

Endpoint = Callable[[Request], Response]


def routes(get_store: Callable[[], Store] = shared_store) -> list[Mount]:
    """The routes for `st.App`: everything under /api."""

    def with_store(endpoint: Callable[[Request, Store], Response]) -> Endpoint:
        return _guarded(lambda request: endpoint(request, get_store()))

    api = Starlette(
        routes=[
            Route("/runs/{run_id}/events", with_store(run_events)),
            Route("/runs/{run_id}/answers", with_store(run_answers)),
            Route("/runs/{run_id}/history", with_store(run_history)),
            Route("/runs/{run_id}/predictions", with_store(run_predictions)),
            Route("/runs/{run_id}/{file:str}", with_store(run_file)),
            Route("/teachers/{teacher}/answers", with_store(teacher_answers)),
            Route("/data/{data}/test/{image}.png", _guarded(test_image)),
            Route("/assets/plotly.min.js", _guarded(plotly)),
            Route("/js/{path:path}", _guarded(script)),
        ],
        exception_handlers={HTTPException: _refused},
    )
    return [Mount("/api", app=api)]


def _guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint with a sentence for every failure. Not async: Starlette runs it beside the event loop."""

    def answer(request: Request) -> Response:
        try:
            return endpoint(request)
        except HTTPException:
            raise
        except StoreError as error:
            return JSONResponse({"message": str(error)}, 503)
        except Exception:  # the boundary to the browser
            logging.getLogger(__name__).exception("%s failed", request.url.path)
            return JSONResponse({"message": "Something went wrong on the server. Try again in a moment."}, 500)

    return answer


# ── errors ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentences = {404: "There is nothing at this address.", 405: "This address can only be read."}
    plain = error.detail if " " in error.detail and error.detail.endswith(".") else sentences.get(error.status_code)
    return JSONResponse({"message": plain or "The request cannot be answered."}, error.status_code)


def _missing(sentence: str) -> HTTPException:
    return HTTPException(404, sentence)


def _bad(sentence: str) -> HTTPException:
    return HTTPException(400, sentence)


def _whole(request: Request, name: str, default: int | None) -> int | None:
    """A whole number ≥ 0 from the query."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise _bad(f"{name} must be a whole number from 0, got {shown(text)}.")
    return int(text)


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def run_events(request: Request, store: Store) -> Response:
    """How a run stands, and its events after `after`."""
    run_id, after = request.path_params["run_id"], _whole(request, "after", 0) or 0
    if run_id.startswith(recorded.PREFIX):
        return JSONResponse(recorded_state(_recorded(run_id), after))
    found = store.look(run_id, after) if is_run_id(run_id) else None
    if found is None:
        raise _missing(NO_RUN)
    run, events = found
    _fields(run)
    body = json.dumps(run_state(run, store, after, identity.learner_from(request.cookies)), separators=(",", ":"))
    text = f'{body[:-1]},"next":{max(run.seq, after)},"events":[{",".join(events)}]}}'  # events are JSON already
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


def run_state(run: Run, store: Store, after: int = 0, learner: str | None = None) -> dict[str, Any]:
    """Everything that /events says about a run but its events."""
    place = store.place(run.id) if run.state == "queued" else None
    message = run.message
    if run.state == "queued" and not message:
        message = store.fact("runner") or ""
    answers = None if "teacher_accuracy" in run.record else _teacher_of(run, store)
    return {
        "id": run.id,
        "state": run.state,
        "message": message,
        "place": place[0] if place else None,
        "wait_s": round(place[1], 1) if place else None,
        "update": run.update,
        "updates": run.updates,
        "seconds": round(run.seconds, 2),
        "created": run.created,
        "mine": learner is not None and learner == run.learner,
        "replay": run.state in ENDED and after == 0,
        "spec": _fields(run),
        "teacher_accuracy": run.record.get("teacher_accuracy", answers.accuracy if answers else None),
        "test_images": run.record.get("test_images", answers.test_images if answers else None),
        "record": run.record,
        "verdict": run_verdict(run, store),
    }


def _fields(run: Run) -> dict[str, Any]:
    """The run's experiment as JSON, without a check of its values. Answers 404 where it names no images or teacher."""
    try:
        fields = json.loads(run.spec_json)
        if isinstance(fields["data"], str) and isinstance(fields["teacher"], str):
            return dict(fields)
    except (ValueError, TypeError, KeyError):
        pass
    raise _missing(OTHER_VERSION)


def _teacher_of(run: Run, store: Store) -> TeacherAnswers | None:
    fields = _fields(run)
    return store.teacher_answers(fields["data"], fields["teacher"])


def run_verdict(run: Run, store: Store) -> dict[str, Any] | None:
    """The verdict from the run's last point, None before there is one after an update."""
    if run.seq == 0 or run.update == 0 or "test_images" not in run.record:
        return None
    stage: Stage = "finished" if run.state == "finished" else "so-far" if run.state in LIVE else "stopped"
    return _verdict_at(store, run.id, run.seq, stage, run.spec_json, run.record["test_images"])


@lru_cache(maxsize=1000)  # thirty pages may watch the same runs
def _verdict_at(
    store: Store, run_id: str, seq: int, stage: Stage, spec_json: str, test_images: int
) -> dict[str, Any] | None:
    last = store.events(run_id, seq - 1)
    try:  # a run of an earlier version may name what this one does not know
        if last[0]["update"] == 0:
            return None
        arms = [Arm(**arm) for arm in json.loads(spec_json)["arms"]]
        return verdict(last[0]["accuracy"], test_images, arms, stage=stage).as_dict()
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def recorded_state(run: recorded.Recorded, after: int = 0) -> dict[str, Any]:
    """What /events says about a recorded run."""
    events = [event for event in run.events if event["seq"] > after]
    return {
        "id": run.id,
        "state": "finished",
        "message": "",
        "place": None,
        "wait_s": None,
        "update": run.updates,
        "updates": run.updates,
        "seconds": run.seconds,
        "created": None,
        "mine": False,
        "replay": True,
        "spec": run.spec.as_dict(),
        "teacher_accuracy": run.teacher_accuracy,
        "test_images": run.test_images,
        "record": run.record,
        "verdict": verdict(run.events[-1]["accuracy"], run.test_images, run.spec.arms).as_dict(),
        "events": events,
        "next": events[-1]["seq"] if events else after,
    }


def _run(run_id: str, store: Store) -> Run:
    run = store.run(run_id) if is_run_id(run_id) else None
    if run is None:
        raise _missing(NO_RUN)
    return run


def _recorded(run_id: str) -> recorded.Recorded:
    run = recorded.recorded_runs().get(run_id)
    if run is None:
        raise _missing("There is no such recorded run in this version.")
    return run


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def run_answers(request: Request, store: Store) -> Response:
    """Logits of teacher and students for one test image, at the latest point or at event `seq`."""
    run_id, image = request.path_params["run_id"], _whole(request, "image", None)
    if image is None:
        raise _bad("image must say which test image, counted from 0.")
    if run_id.startswith(recorded.PREFIX):
        return JSONResponse(_recorded_answers(_recorded(run_id), image))
    run = _run(run_id, store)
    spec = _fields(run)
    pictured = _pictured(spec["data"], image)
    found = store.logits(run_id, _whole(request, "seq", None))
    if found is None:
        raise _missing("The students have not answered yet.")
    logits, seq = found
    if image >= logits.shape[2]:
        raise _missing(f"Answers are kept for the first {logits.shape[2]:,} test images.")
    teacher = store.teacher_answers(spec["data"], spec["teacher"])
    digest = run.record.get("teacher_digest")
    same = teacher is not None and teacher.teacher_digest == digest and image < len(teacher.logits)
    answers = {
        "image": image,
        "label": int(pictured.labels[image]),
        "classes": list(pictured.classes),
        "teacher": _numbers(teacher.logits[image]) if teacher and same else None,
        "students": _numbers(logits[:, :, image]),
        "seq": seq,
    }
    return JSONResponse(answers)


def run_history(request: Request, store: Store) -> Response:
    """Logits of the students for one test image at every point so far, so that the page can go back in time."""
    run_id, image = request.path_params["run_id"], _whole(request, "image", None)
    if image is None:
        raise _bad("image must say which test image, counted from 0.")
    if run_id.startswith(recorded.PREFIX):
        said = _said(_recorded(run_id), image)
        kept = list(zip(said.moments, said.students[:, :, :, image], strict=True))
    else:
        history = store.history(_run(run_id, store).id, image)  # before the events: a run may write both meanwhile
        updates = {event["seq"]: event["update"] for event in store.events(run_id, 0)}
        kept = [(updates[seq], logits) for seq, logits in history]
    moments = [{"update": update, "students": _numbers(logits)} for update, logits in kept]
    return JSONResponse({"image": image, "moments": moments})


def run_predictions(request: Request, store: Store) -> Response:
    """The class that teacher and students answered for every shown test image, at every point after event `after`.

    One digit for each image. Only of runs whose images have at most ten classes.
    """
    run_id, after = request.path_params["run_id"], _whole(request, "after", 0) or 0
    if run_id.startswith(recorded.PREFIX):
        return JSONResponse(_recorded_predictions(_recorded(run_id), after))
    run = _run(run_id, store)
    spec = _fields(run)
    pictured, answers = _pictured(spec["data"], 0), store.teacher_answers(spec["data"], spec["teacher"])
    same = answers is not None and answers.teacher_digest == run.record.get("teacher_digest")
    answered = store.answered(run_id, after)  # before the events: a run that trains writes both meanwhile
    updates = {event["seq"]: event["update"] for event in store.events(run_id, after)}
    moments = [(seq, updates[seq], logits) for seq, logits in answered]
    teacher = answers.logits if answers and same else None
    return JSONResponse(_predictions(pictured.classes, pictured.labels, teacher, moments))


def _recorded_predictions(run: recorded.Recorded, after: int) -> dict[str, Any]:
    said, seqs = _said(run, 0), {event["update"]: event["seq"] for event in run.events}
    moments = [(seqs[update], update, logits) for update, logits in zip(said.moments, said.students, strict=True)]
    return _predictions(run.classes, run.labels, said.teacher, [moment for moment in moments if moment[0] > after])


def _predictions(
    classes: Sequence[str], labels: Any, teacher: Any, moments: Sequence[tuple[int, int, Any]]
) -> dict[str, Any]:
    """moments: (seq, update, logits (arms, seeds, shown, classes)). teacher: logits (shown, classes) or None."""
    shown = moments[0][2].shape[2] if moments else len(labels)
    return {
        "classes": list(classes),
        "labels": _digits(labels[:shown]),
        "teacher": None if teacher is None else _digits(teacher[:shown].argmax(-1)),
        "moments": [
            {"seq": seq, "update": update, "students": [[_digits(seed) for seed in arm] for arm in logits.argmax(-1)]}
            for seq, update, logits in moments
        ],
    }


def _digits(classes: Any) -> str:
    return "".join(str(int(one)) for one in classes)


def teacher_answers(request: Request, store: Store) -> Response:
    """Logits of a teacher for one test image of `data`: what can be shown before any run."""
    teacher, image = request.path_params["teacher"], _whole(request, "image", None)
    data = request.query_params.get("data", "")
    if data not in lab_sets() or image is None:
        raise _bad("data must be a data set's id, and image say which test image, counted from 0.")
    pictured, found = _pictured(data, image), store.teacher_answers(data, teacher)
    if found is None or image >= len(found.logits):
        raise _missing("The teacher has not looked at these images yet.")
    head = {"image": image, "label": int(pictured.labels[image]), "classes": list(pictured.classes)}
    return JSONResponse({**head, "teacher": _numbers(found.logits[image]), "accuracy": found.accuracy})


def _recorded_answers(run: recorded.Recorded, image: int) -> dict[str, Any]:
    answers = _said(run, image)
    return {
        "image": image,
        "label": run.labels[image],
        "classes": list(run.classes),
        "teacher": _numbers(answers.teacher[image]),
        "students": _numbers(answers.students[-1][:, :, image]),
        "seq": run.events[-1]["seq"],
    }


def _said(run: recorded.Recorded, image: int) -> recorded.Answers:
    if image >= len(run.labels):
        raise _missing(f"Answers are kept for the first {len(run.labels):,} test images.")
    try:
        return run.answers()
    except ValueError as error:
        raise _missing(str(error)) from error


def _numbers(logits: Any) -> Any:
    return logits.astype("float64").round(4).tolist()


def _pictured(data: str, image: int) -> pictures.Shown:
    try:
        found = pictures.shown(data)
    except PackError as error:
        raise _missing(str(error)) from error
    if image >= len(found.labels):
        raise _missing(f"There is no test image {image:,}; the last one shown is {len(found.labels) - 1:,}.")
    return found


# ── a run as files ───────────────────────────────────────────────────────────────────────────────────────────────


def run_file(request: Request, store: Store) -> Response:
    """Curves (curves.csv), settings (settings.json) or the students' weights (weights.safetensors), to keep."""
    run_id, name = request.path_params["run_id"], request.path_params["file"]
    if name not in FILES:
        raise _missing("There is nothing at this address.")
    if name == "weights.safetensors":
        return _weights(run_id, store)
    if run_id.startswith(recorded.PREFIX):
        kept = _recorded(run_id)
        spec, record, events = kept.spec.as_dict(), kept.record, list(kept.events)
    else:
        run = _run(run_id, store)
        spec, record, events = _fields(run), run.record, store.events(run_id, 0)
    text = files.curves_csv(run_id, spec, events) if name == "curves.csv" else files.settings_json(run_id, spec, record)
    return Response(text, media_type=FILES[name], headers=_to_keep(run_id, name))


def _weights(run_id: str, store: Store) -> Response:
    if run_id.startswith(recorded.PREFIX):
        raise _missing("Of a recorded run no weights are shipped. Train it here, and they can be kept.")
    try:
        body = weights_path(_run(run_id, store).id).read_bytes()
    except OSError as error:
        raise _missing("There are no weights of this run: they are kept when it has ended.") from error
    return Response(body, media_type=FILES["weights.safetensors"], headers=_to_keep(run_id, "weights.safetensors"))


def _to_keep(run_id: str, name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="distillery-{run_id}-{name}"', "Cache-Control": "no-store"}


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_image(request: Request) -> Response:
    """A test image as PNG."""
    data, image = request.path_params["data"], request.path_params["image"]
    if data not in lab_sets() or not (image.isascii() and image.isdigit() and len(image) <= 9):
        raise _missing("There is no such image.")
    found = _pictured(data, int(image))
    tag = f'"{found.digest[:16]}-{image}"'
    return _file(request, tag, A_DAY, "image/png", lambda: pictures.png(found.images[int(image)]))


def plotly(request: Request) -> Response:
    """The charting library that the plotly package brings, compressed once."""
    raw, packed, tag = plotly_files()
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    response = _file(request, tag, FOREVER, "text/javascript", lambda: packed if zipped else raw)
    response.headers["Vary"] = "Accept-Encoding"
    if zipped and response.status_code == 200:
        response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=1)
def plotly_files() -> tuple[bytes, bytes, str]:
    """plotly.min.js, the same compressed, and its tag. Found without importing plotly."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise _missing("The charting library is not installed: pip install -r requirements.txt.")
    raw = (Path(next(iter(spec.submodule_search_locations))) / "package_data" / "plotly.min.js").read_bytes()
    return raw, gzip.compress(raw, 9, mtime=0), f'"{hashlib.sha256(raw).hexdigest()[:16]}"'


def plotly_url() -> str:
    """The address of the charting library; it changes when the library does."""
    return f"/api/assets/plotly.min.js?v={plotly_files()[2].strip(chr(34))}"


def script(request: Request) -> Response:
    """A module of app/components. With `js_base`'s version in the path it may be kept for ever."""
    path = request.path_params["path"]
    version, _, rest = path.partition("/")
    fixed = version == _scripts()[0]
    content = _scripts()[1].get(rest if fixed else path)
    if content is None:
        raise _missing("There is no such script.")
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    kind = "text/css" if path.endswith(".css") else "text/javascript"
    return _file(request, tag, FOREVER if fixed else "no-cache", kind, lambda: content)


def js_base() -> str:
    """The address under which the scripts of app/components lie; it changes when one of them does."""
    return f"/api/js/{_scripts()[0]}"


def _scripts() -> tuple[str, dict[str, bytes]]:
    files = sorted(file for file in COMPONENTS.rglob("*") if file.suffix in (".js", ".css"))
    return _read_scripts(tuple((file, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=2)
def _read_scripts(files: tuple[tuple[Path, int], ...]) -> tuple[str, dict[str, bytes]]:
    contents = {file.relative_to(COMPONENTS).as_posix(): file.read_bytes() for file, _ in files}
    digest = hashlib.sha256(b"\0".join(name.encode() + b"\0" + body for name, body in contents.items()))
    return digest.hexdigest()[:_VERSION_LENGTH], contents


def _file(request: Request, tag: str, keep: str, kind: str, content: Callable[[], bytes]) -> Response:
    headers = {"ETag": tag, "Cache-Control": keep}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content(), media_type=kind, headers=headers)
