"""Runs as rows of a table, for a page that follows live ones, and the whole table as a file."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import identity
from app.experiments import overview, recorded
from app.experiments.api.asking import bad
from app.experiments.outcome import Outcome, of_recorded, of_run
from app.experiments.spec import is_run_id
from app.store import Store

ASKED_AT_MOST = 100  # runs in one question


def rows(request: Request, store: Store) -> Response:
    """How the runs of the ids in `runs` stand, as rows of the table; one that is gone is left out."""
    wanted = request.query_params.get("runs", "").split(".")
    if len(wanted) > ASKED_AT_MOST or not all(is_run_id(run_id) for run_id in wanted):
        raise bad(f"runs must be 1 to {ASKED_AT_MOST} ids of runs, with dots between them.")
    found = [of_run(run, last) for run, last in store.looked_up(wanted)]
    return JSONResponse(overview.records(overview.table(found)), headers={"Cache-Control": "no-store"})


def own_csv(request: Request, store: Store) -> Response:
    """The table of the visitor's own runs and the recorded ones, to keep."""
    text = overview.to_csv(overview.table(outcomes_for(identity.learner_from(request.cookies), store)))
    headers = {"Content-Disposition": 'attachment; filename="distillery-runs.csv"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def outcomes_for(learner: str | None, store: Store) -> list[Outcome]:
    """What the table shows: a learner's own runs, the newest first, then the recorded ones."""
    own = [of_run(run, last) for run, last in store.listed(learner)] if learner else []
    return [*own, *map(of_recorded, recorded.recorded_runs().values())]
