"""Students that learned from noise, by what they share with their teacher: recorded, and trained here."""

from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from app.components.mount import mount
from app.experiments.kinds.hidden_traits import (
    SHARES,
    STUDENT_UPDATES,
    TEACHER_UPDATES,
    Answer,
    Explanation,
    HiddenTraits,
    explanation,
)
from app.experiments.paired import half_width
from app.experiments.recordings.recording import FinishedRun, Recording, recordings
from app.figures.own_run import OwnRun
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

RECORDED = "recorded-hidden-traits"
GONE = "The recorded students of this figure are missing or damaged. Get a fresh copy of the app."
OUTPUTS = ("3", "100")
ALONE: dict[Answer | None, str] = {
    "all": "all of it, within a few points",
    "most": "more than half of it",
    "part": "less than half of it, but some",
    "none": "nothing that could be measured",
    "open": "something near half of it: these seeds cannot say on which side",
}
SUPPORTED = {
    "start": "So here the head alone is not enough: these numbers support “the same start”.",
    "head": "So here a shared output layer is enough: these numbers support “matching heads”.",
    "body": "So here a shared hidden layer is enough.",
    "either": "So here either of the two is enough.",
    "unclear": "So here the numbers leave it open.",
    "nothing": "Here the same start brings nothing that could be measured, so there is nothing to explain.",
}
UNREAD = "digits are read through the head, and no body learned to fit that one, so this says nothing of the body."


class HiddenTraitsOptions(Options):
    """outputs: how many mean nothing, at first; train: with a button that trains students here."""

    outputs: Literal["3", "100"] = "3"
    train: bool = False


@lru_cache(maxsize=4)
def contents(known: Recording) -> dict[str, Any]:
    """What is drawn: for each number of outputs the students by what they share, and what the rule says of them."""
    return {"trouble": "", "runs": [_told(run) for run in known.runs]}


def _told(run: FinishedRun) -> dict[str, Any]:
    experiment, accuracy = run.experiment, run.reached
    assert isinstance(experiment, HiddenTraits)
    copied = run.end["copied"]
    rows = [
        {
            "words": words.words,
            "body": body,
            "head": head,
            "values": [round(value, 4) for value in accuracy[arm]],
            "mean": fmean(accuracy[arm]),
            "half": half_width(accuracy[arm]),
            "copied": fmean(copied[arm]),
        }
        for arm, ((body, head), words) in enumerate(zip(SHARES, experiment.arm_words(), strict=False))
    ]
    found = explanation(accuracy)
    return {
        "outputs": str(experiment.outputs),
        "rows": rows,
        "teacher": fmean(accuracy[len(SHARES)]),
        "seeds": len(experiment.seeds),
        "tests": run.end["final"]["images"],
        "found": found_words(found),
    }


def found_words(found: Explanation) -> str:
    """What the rule says, in sentences."""
    if found.supports == "nothing":
        return SUPPORTED["nothing"]
    return (
        f"Of what the same start brings over sharing nothing, a shared head alone brings {ALONE[found.head]}. "
        f"{SUPPORTED[found.supports]} A shared body alone brings {ALONE[found.body]}; but {UNREAD}"
    )


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(Recording).get(RECORDED)
    data = contents(known) if known and known.kind == HiddenTraits.kind else {"trouble": GONE, "runs": []}
    outputs = stage.held("outputs", options["outputs"])
    offers = {one: HiddenTraits((0,), int(one)) for one in OUTPUTS} if options["train"] else {}
    own = OwnRun(stage, key, offers, {"outputs": outputs})
    more = {"outputs": outputs, "own": own.told(), "phases": [TEACHER_UPDATES, STUDENT_UPDATES]}
    mount("hidden_traits", data | more, key, own.on)


FIGURE = Figure(
    "students that learned from noise, by what they share with their teacher",
    HiddenTraitsOptions,
    show,
    settings=(Setting("outputs", "meaningless outputs", choices=OUTPUTS),),
    trains=True,
    owns=lambda options, experiment: options["train"] and isinstance(experiment, HiddenTraits),
)
