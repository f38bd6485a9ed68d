"""What students that never saw a class say of the test images: all that a bias on its logit needs."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.experiments.kinds.cohort import RunSpec
from app.experiments.left_out import LeftOutAnswers, left_out_answers
from app.experiments.recordings import runs as recorded
from app.experiments.recordings.left_out import PREFIX, recorded_left_out
from app.experiments.spec import SpecError
from app.server.api.answers import NOT_YET, digits, pictured_in
from app.server.api.asking import missing
from app.server.api.runs import kept_run, recorded_answers, stored_run
from app.store import Store

NONE_LEFT_OUT = "Every class was shown in this run: train one in which a class is left out."


def run_left_out(request: Request, store: Store) -> Response:
    """By how much another class is ahead of the left-out one, for each student and shown test image, and which.

    Of a run of the store, a recorded run, or “recorded-unseen-DATA-CLASS”. Both corrections come along.
    """
    run_id = request.path_params["run_id"]
    if run_id.startswith(PREFIX):
        return JSONResponse(_of_recording(run_id))
    if recorded.is_recorded(run_id):
        kept = kept_run(run_id)
        logits = recorded_answers(kept).students[-1]
        return JSONResponse(_answer(kept.spec, logits, kept.labels, kept.classes))
    run = stored_run(run_id, store)
    try:
        spec = RunSpec.read(run.spec_json)
    except SpecError as error:
        raise missing(str(error)) from error
    answers = store.runs.logits(run_id)
    if answers is None:
        raise missing(NOT_YET)
    logits = answers[0]
    pictured = pictured_in(spec.data, logits.shape[2] - 1)
    labels = pictured.labels[: logits.shape[2]]
    return JSONResponse(_answer(spec, logits, labels, pictured.classes))


def _of_recording(run_id: str) -> dict[str, Any]:
    data, _, number = run_id.removeprefix(PREFIX).rpartition("-")
    try:
        kept = recorded_left_out(data)
        answers = kept.of(int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1)
    except ValueError as error:
        raise missing(f"{str(error).rstrip('.')}.") from error
    return _written(kept.spec, answers, kept.classes)


def _answer(spec: RunSpec, logits: Any, labels: Any, classes: Any) -> dict[str, Any]:
    if spec.left_out is None or spec.left_out >= logits.shape[-1]:
        raise missing(NONE_LEFT_OUT)
    return _written(spec, left_out_answers(logits, labels, spec.left_out), classes)


def _written(spec: RunSpec, answers: LeftOutAnswers, classes: Any) -> dict[str, Any]:
    prior = 1 / len(classes)
    return {
        "leftOut": answers.left_out,
        "classes": list(classes),
        "labels": digits(answers.labels),
        "labelled": spec.labels,
        "seeds": len(spec.seeds),
        "roles": ["even" if arm.method == "even" else arm.role for arm in spec.arms],
        "prior": prior,
        "margins": answers.margins.astype("float64").round(3).tolist(),
        "others": [[digits(seed) for seed in arm] for arm in answers.others],
        "labelFree": answers.label_free(prior).round(3).tolist(),
        "best": answers.best().round(3).tolist(),
    }
