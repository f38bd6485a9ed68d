"""What teacher and students say about test images, now and back in time."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.catalog.available import lab_sets
from app.catalog.pack import PackError
from app.experiments.paired import width
from app.experiments.recordings import runs as recorded
from app.experiments.verdict import EXTENDED
from app.images import png
from app.server.api.asking import bad, missing, whole
from app.server.api.runs import cohort_fields, kept_run, recorded_answers, stored_run
from app.store import Run, Store

NOT_YET = "The students have not answered yet."
TEACHER_NOT_YET = "The teacher has not looked at these images yet."


def run_answers(request: Request, store: Store) -> Response:
    """Logits of teacher and students for one test image, at the latest point or at event `seq`."""
    run_id, image = request.path_params["run_id"], whole(request, "image", None)
    if image is None:
        raise bad("image must say which test image, counted from 0.")
    if recorded.is_recorded(run_id):
        kept = kept_run(run_id)
        said = _said(kept, image)
        label, classes, teacher = kept.labels[image], kept.classes, said.teacher
        logits, seq = said.students[-1], kept.events[-1]["seq"]
    else:
        run = stored_run(run_id, store)
        pictured = pictured_in(cohort_fields(run)["data"], image)
        latest = store.runs.logits(run_id, whole(request, "seq", None))
        if latest is None:
            raise missing(NOT_YET)
        logits, seq = latest
        if image >= logits.shape[2]:
            raise missing(f"Answers are kept for the first {logits.shape[2]:,} test images.")
        label, classes, teacher = pictured.labels[image], pictured.classes, _teacher_logits(run, store)
    answers = {
        "image": image,
        "label": int(label),
        "classes": list(classes),
        "teacher": None if teacher is None or image >= len(teacher) else _numbers(teacher[image]),
        "students": _numbers(logits[:, :, image]),
        "seq": seq,
    }
    return JSONResponse(answers)


def run_history(request: Request, store: Store) -> Response:
    """Logits of the students for one test image at every point so far, so that the page can go back in time."""
    run_id, image = request.path_params["run_id"], whole(request, "image", None)
    if image is None:
        raise bad("image must say which test image, counted from 0.")
    if recorded.is_recorded(run_id):
        said = _said(kept_run(run_id), image)
        kept = list(zip(said.moments, said.students[:, :, :, image], strict=True))
    else:
        # before the events: a run may write both meanwhile
        history = store.runs.all_logits(stored_run(run_id, store).id)
        updates = {event["seq"]: event["update"] for event in store.runs.events(run_id, 0)}
        kept = [(updates[seq], logits[:, :, image]) for seq, logits in history if image < logits.shape[2]]
    moments = [{"update": update, "students": _numbers(logits)} for update, logits in kept]
    return JSONResponse({"image": image, "moments": moments})


def run_predictions(request: Request, store: Store) -> Response:
    """The class that teacher and students answered for every shown test image, at every point after event `after`.

    One digit for each image. Only of runs whose images have at most ten classes. width: see `_width`.
    """
    run_id, after = request.path_params["run_id"], whole(request, "after", 0) or 0
    if recorded.is_recorded(run_id):
        kept = kept_run(run_id)
        said, seqs = _said(kept, 0), {event["update"]: event["seq"] for event in kept.events}
        moments = [(seqs[update], update, logits) for update, logits in zip(said.moments, said.students, strict=True)]
        moments = [moment for moment in moments if moment[0] > after]
        told = _predictions(kept.classes, kept.labels, said.teacher, moments)
        return JSONResponse(told | {"width": _width(kept.spec.as_dict())})
    run = stored_run(run_id, store)
    pictured, teacher = pictured_in(cohort_fields(run)["data"], 0), _teacher_logits(run, store)
    answered = store.runs.all_logits(run_id, after)  # before the events: a run that trains writes both meanwhile
    updates = {event["seq"]: event["update"] for event in store.runs.events(run_id, after)}
    moments = [(seq, updates[seq], logits) for seq, logits in answered]
    told = _predictions(pictured.classes, pictured.labels, teacher, moments)
    return JSONResponse(told | {"width": _width(cohort_fields(run))})


def _width(spec: Mapping[str, Any]) -> float | None:
    """Half a 95% interval over a run's seeds, in standard deviations of one; None if there is none. spec: JSON."""
    looked = spec.get("looked") or (spec.get("kept") or {}).get("seeds", 0) > 1
    try:
        return width(len(spec["seeds"])) * (EXTENDED if looked else 1)
    except ValueError:
        return None


def _teacher_logits(run: Run, store: Store) -> Any:
    """Of a run's teacher, (shown, classes); None if no worker has asked it yet, or it is another one by now."""
    spec = cohort_fields(run)
    answers = store.teachers.answers(spec["data"], spec["teacher"])
    same = answers is not None and answers.teacher_digest == run.record.get("teacher_digest")
    return answers.logits if answers and same else None


def _predictions(
    classes: Sequence[str], labels: Any, teacher: Any, moments: Sequence[tuple[int, int, Any]]
) -> dict[str, Any]:
    """moments: (seq, update, logits (arms, seeds, shown, classes)). teacher: logits (shown, classes) or None."""
    shown = moments[0][2].shape[2] if moments else len(labels)
    return {
        "classes": list(classes),
        "labels": digits(labels[:shown]),
        "teacher": None if teacher is None else digits(teacher[:shown].argmax(-1)),
        "moments": [
            {"seq": seq, "update": update, "students": [[digits(seed) for seed in arm] for arm in logits.argmax(-1)]}
            for seq, update, logits in moments
        ],
    }


def digits(classes: Any) -> str:
    """Class numbers below 10, one letter each."""
    return "".join(str(int(one)) for one in classes)


def teacher_answers(request: Request, store: Store) -> Response:
    """Logits of a teacher for one test image of `data`: what can be shown before any run."""
    teacher, image = request.path_params["teacher"], whole(request, "image", None)
    data = request.query_params.get("data", "")
    if data not in lab_sets() or image is None:
        raise bad("data must be a data set's id, and image say which test image, counted from 0.")
    pictured, answers = pictured_in(data, image), store.teachers.answers(data, teacher)
    if answers is None or image >= len(answers.logits):
        raise missing(TEACHER_NOT_YET)
    head = {"image": image, "label": int(pictured.labels[image]), "classes": list(pictured.classes)}
    return JSONResponse({**head, "teacher": _numbers(answers.logits[image])})


def _said(run: recorded.RecordedRun, image: int) -> recorded.RecordedAnswers:
    answers = recorded_answers(run)
    if image >= len(answers.teacher):
        raise missing(f"Answers are kept for the first {len(answers.teacher):,} test images.")
    return answers


def _numbers(logits: Any) -> Any:
    return logits.astype("float64").round(4).tolist()


def pictured_in(data: str, image: int) -> png.ShownImages:
    """The shown test images of `data`. Answers 404 if they are not here, or there is no image of that number."""
    try:
        tests = png.shown_images(data)
    except PackError as error:
        raise missing(str(error)) from error
    if image >= len(tests.labels):
        raise missing(f"There is no test image {image:,}; the last one shown is {len(tests.labels) - 1:,}.")
    return tests
