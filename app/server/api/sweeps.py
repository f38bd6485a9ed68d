"""How a sweep stands: every cell with what its students have reached so far."""

import json
import time
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.experiments.final import Reached, reached
from app.experiments.recordings import recordings
from app.experiments.recordings.sweeps import RecordedSweep
from app.experiments.spec import SpecError, is_run_id
from app.experiments.sweep import CellResult, Sweep, plan_fields, read_out
from app.server import identity
from app.server.api.asking import missing
from app.server.api.runs import OTHER_VERSION
from app.store import LIVE, Run, Store
from app.store.sweeps import StoredSweep

NO_SWEEP = "There is no such sweep here. It may have been removed to make room for others."


def sweep_events(request: Request, store: Store) -> Response:
    """How a sweep stands now."""
    sweep_id = request.path_params["sweep_id"]
    if kept := recordings(RecordedSweep).get(sweep_id):
        return JSONResponse(recorded_state(kept))
    stored = store.sweeps.get(sweep_id) if is_run_id(sweep_id) else None
    if stored is None:
        raise missing(NO_SWEEP)
    state = sweep_state(stored, store, identity.learner_from(request.cookies))
    if state is None:
        raise missing(OTHER_VERSION)
    return JSONResponse(state, headers={"Cache-Control": "no-store"})


def sweep_state(stored: StoredSweep, store: Store, learner: str | None = None) -> dict[str, Any] | None:
    """Everything that a page shows of a sweep; None if another version made it."""
    try:
        plan = Sweep.read(stored.plan)
    except SpecError:
        return None
    runs = store.sweeps.runs(stored.id)
    places = {cell.spec.to_json(): cell.at for cell in plan.cells()}
    cells = {places[run.spec_json]: _found(run, latest) for run, latest in runs if run.spec_json in places}
    live = any(run.state in LIVE for run, _ in runs)
    return {
        "id": stored.id,
        **plan_fields(plan),
        **read_out(plan, cells),
        "state": "live" if live else "ended",
        "message": _message(runs, store, live=live),
        "mine": learner is not None and learner == stored.learner,
        "recorded": False,
        "date": None,
        **_time(runs, live=live),
    }


def recorded_state(sweep: RecordedSweep) -> dict[str, Any]:
    """The same of a recorded sweep."""
    return {
        "id": sweep.id,
        **plan_fields(sweep.plan),
        **read_out(sweep.plan, sweep.cells),
        "state": "ended",
        "message": "",
        "mine": False,
        "recorded": True,
        "date": sweep.record.get("date"),
        "seconds": sweep.seconds,
        "left": None,
    }


def _found(run: Run, latest: str | None) -> CellResult:
    numbers = _numbers(run.id, run.seq, latest, run.record.get("test_images"), run.record.get("teacher_accuracy"))
    return CellResult(run.id, run.state, run.update, run.updates, *numbers)


@lru_cache(maxsize=2000)  # thirty pages may follow the same sweep
def _numbers(
    _run_id: str, _seq: int, latest: str | None, images: int | None, teacher: float | None
) -> tuple[Reached | None, Any]:
    """What its last event says: on test images, and on validation images."""
    event = json.loads(latest or "{}")
    known = images and event.get("accuracy")
    return reached(event, images, teacher) if images and known else None, event.get("validation")


def _message(runs: list[tuple[Run, str | None]], store: Store, *, live: bool) -> str:
    """What the learner should know: why nothing happens yet, or how the cells without an end ended."""
    if live and all(run.state == "queued" for run, _ in runs):
        return store.facts.get("runner") or ""
    failed = [run for run, _ in runs if run.state in ("failed", "interrupted")]
    return failed[0].message if failed else ""


def _time(runs: list[tuple[Run, str | None]], *, live: bool) -> dict[str, float | None]:
    """Seconds since the first run was started, until the last one ended; seconds that are probably left."""
    started = min((run.started for run, _ in runs if run.started), default=None)
    if started is None:
        return {"seconds": 0.0, "left": None}
    ended = time.time() if live else max((run.finished for run, _ in runs if run.finished), default=time.time())
    took = max(0.0, ended - started)
    work = sum(run.cost or 0.0 for run, _ in runs)
    done = sum((run.cost or 0.0) * (1.0 if run.state not in LIVE else _share(run)) for run, _ in runs)
    left = took * (work - done) / done if live and done > 0.02 * work else None
    return {"seconds": round(took, 1), "left": None if left is None else round(left, 1)}


def _share(run: Run) -> float:
    return run.update / run.updates if run.updates else 0.0
