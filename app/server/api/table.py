"""Runs as rows of a table, for a page that follows live ones, and the whole table as a file."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.experiments import runs_table
from app.experiments.comparison import compared
from app.experiments.files import BOM
from app.experiments.outcome import Outcome, of_recorded, of_run
from app.experiments.recordings import runs as recorded
from app.experiments.spec import is_run_id
from app.server import identity
from app.server.api.asking import bad, missing
from app.server.api.runs import NO_RUN, no_cohort
from app.store import Store
from app.teaching import challenges

ASKED_AT_MOST = 100  # runs in one question


def rows(request: Request, store: Store) -> Response:
    """How the runs of the ids in `runs` stand, as rows of the table; one that is gone is left out."""
    wanted = request.query_params.get("runs", "").split(".")
    if len(wanted) > ASKED_AT_MOST or not all(is_run_id(run_id) for run_id in wanted):
        raise bad(f"runs must be 1 to {ASKED_AT_MOST} ids of runs, with dots between them.")
    outcomes = [of_run(run, last) for run, last in store.runs.looked_up(wanted)]
    return JSONResponse(runs_table.records(runs_table.table(outcomes)), headers={"Cache-Control": "no-store"})


def own_csv(request: Request, store: Store) -> Response:
    """The table of the visitor's own runs and the recorded ones, to keep."""
    text = BOM + runs_table.to_csv(runs_table.table(outcomes_for(identity.learner_from(request.cookies), store)))
    headers = {"Content-Disposition": 'attachment; filename="distillery-runs.csv"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def comparison(request: Request, store: Store) -> Response:
    """What two runs have in common, what differs, and a sentence on the difference."""
    outcomes = []
    for key in ("a", "b"):
        run_id = request.query_params.get(key, "")
        outcome = outcome_of(run_id, store) if is_run_id(run_id) else None
        if outcome is None:
            raise missing(NO_RUN)
        if outcome.spec is None:
            raise no_cohort(outcome.experiment.kind if outcome.experiment else "")
        outcomes.append(outcome)
    return JSONResponse(asdict(compared(*outcomes)), headers={"Cache-Control": "no-store"})


def challenge(request: Request, store: Store) -> Response:
    """Whether the run of the id in `run` meets a challenge, in a sentence."""
    known, unknown = challenges.in_query(request.path_params["challenge"])
    if known is None:
        raise missing(unknown)
    run_id = request.query_params.get("run", "")
    said = checked(known, run_id, identity.learner_from(request.cookies), store) if is_run_id(run_id) else None
    if said is None:
        raise missing(NO_RUN)
    return JSONResponse({"met": said.met, "sentence": said.sentence}, headers={"Cache-Control": "no-store"})


def checked(
    challenge: challenges.Challenge, run_id: str, learner: str | None, store: Store
) -> challenges.ChallengeResult | None:
    """Whether a run meets a challenge; None if there is no such run."""
    outcome = outcome_of(run_id, store)
    if outcome is None:
        return None
    run = None if outcome.recorded else store.runs.get(run_id)
    return challenges.check(challenge, outcome, own=run is not None and run.learner == learner)


def outcome_of(run_id: str, store: Store) -> Outcome | None:
    """What came of a run, recorded or of the store; None if there is none of that id."""
    if recorded.is_recorded(run_id):
        kept = recorded.recorded_runs().get(run_id)
        return of_recorded(kept) if kept else None
    runs = store.runs.looked_up([run_id])
    return of_run(*runs[0]) if runs else None


def outcomes_for(learner: str | None, store: Store) -> list[Outcome]:
    """What the table shows: a learner's own runs, the newest first, then the recorded ones."""
    own = [of_run(run, last) for run, last in store.runs.listed(learner)] if learner else []
    return [*own, *map(of_recorded, recorded.recorded_runs().values())]
