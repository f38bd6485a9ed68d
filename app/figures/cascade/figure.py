"""A student that answers if it is sure enough, before its teacher: a dial over the threshold, from a recording."""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from app.components.mount import mount
from app.experiments.kinds import verdict_of
from app.experiments.paired import half_width
from app.experiments.recordings.recording import Recording, recordings
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded cascade of this figure is missing or damaged. Get a fresh copy of the app."


class CascadeOptions(Options):
    """run: the recorded cascade."""

    run: str = "recorded-cascade-mnist"


def contents(run: str) -> dict[str, Any]:
    """What the dial shows: for each threshold shares and costs over the seeds, and what the chosen ones reach."""
    kept = recordings(Recording).get(run)
    if kept is None or kept.kind != "cascade":
        return {"trouble": GONE, "steps": []}
    (finished,) = kept.runs
    end, arrays = finished.end, finished.end["arrays"]
    student, _, teacher = (row[0] for row in end["multiply_adds"])
    steps = [
        {
            "threshold": threshold,
            "escalated": fmean(escalated),
            "cost": (student + teacher * fmean(escalated)) / teacher,
            "accuracy": fmean(accuracy),
            "half": half_width(accuracy),
        }
        for threshold, escalated, accuracy in zip(
            arrays["thresholds"],
            zip(*arrays["escalated"], strict=True),
            zip(*arrays["accuracy"], strict=True),
            strict=True,
        )
    ]
    return {
        "trouble": "",
        "run": run,
        "steps": steps,
        "chosen": arrays["thresholds"].index(sorted(arrays["threshold"])[len(arrays["threshold"]) // 2]),
        "verdict": verdict_of(finished.experiment, end, kept.test_images).sentence,
        "seeds": len(finished.experiment.seeds),
        "tests": kept.test_images,
        "validation": kept.record["validation_images"],
    }


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    mount("cascade", contents(str(options["run"])), key)


FIGURE = Figure(
    "a student before its teacher: which images are handed on, at which threshold, and what that costs",
    CascadeOptions,
    show,
    settings=(Setting("threshold", "threshold on the student’s confidence", 0, 1, step=0.01),),
)
