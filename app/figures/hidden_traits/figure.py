"""Students that learned from noise, by what they share with their teacher: recorded, and trained here."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from app.catalog.rounding import rounded
from app.components.mount import mount
from app.experiments.kinds.hidden_traits import (
    PROBE_IMAGES,
    SHARES,
    STUDENT_UPDATES,
    TEACHER_UPDATES,
    Answer,
    Explanation,
    HiddenTraits,
    explanation,
    probed,
    taught,
)
from app.experiments.paired import half_width
from app.experiments.recordings.inherited import RecordedTraits
from app.experiments.recordings.recording import FinishedRun, recordings
from app.experiments.verdict import signed
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
READS = {"teacher": "through", "other": "other", "probe": "probe"}  # through what digits are read, and its measure
UNREAD = (
    "Through outputs that no body learned to fit even the teacher’s own body gets only {teacher}% of the digits "
    "right. So whoever is read like this can show nothing."
)
PROBED = (
    "New outputs, fitted on {images:,} labelled digits, read {drawn}% even from the teacher’s body before it "
    "learned anything. What the teacher adds is counted from the same students of a teacher that has learned nothing "
    "(the line in each row): {added}. By the same rule, of what it adds with the same start it adds with a shared "
    "head alone {head}, with a shared body alone {body}."
)


class HiddenTraitsOptions(Options):
    """outputs: how many mean nothing, at first; both: with a choice of that. read: through what digits are read, at
    first; reads: with a choice of that. alone: the students of the same start alone, whom nothing is compared with.
    train: with a button that trains students here.
    """

    outputs: Literal["3", "100"] = "3"
    both: bool = False
    read: Literal["teacher", "other", "probe"] = "teacher"
    reads: bool = False
    alone: bool = False
    train: bool = False


@lru_cache(maxsize=4)
def contents(known: RecordedTraits) -> dict[str, Any]:
    """What is drawn: for each number of outputs the students by what they share, and what the rule says of them."""
    return {"trouble": "", "runs": [_told(run) for run in known.runs]}


def _told(run: FinishedRun) -> dict[str, Any]:
    experiment, copied, final = run.experiment, run.end["copied"], run.end["final"]
    assert isinstance(experiment, HiddenTraits)
    read = {name: final[key] for name, key in READS.items()}
    rows = [
        {
            "words": words.words,
            "body": body,
            "head": head,
            "read": {name: _reached(values[arm]) for name, values in read.items()},
            "zero": fmean(final["probe"][arm]) - taught(final["probe"], final["untrained"], arm).mean / 100,
            "copied": fmean(copied[arm]),
        }
        for arm, ((body, head), words) in enumerate(zip(SHARES, experiment.arm_words(), strict=False))
    ]
    return {
        "outputs": str(experiment.outputs),
        "rows": rows,
        "teacher": {name: fmean(values[experiment.teacher]) for name, values in read.items()},
        "seeds": len(experiment.seeds),
        "tests": final["images"],
        "found": _found(experiment, final),
    }


def _reached(values: Sequence[float]) -> dict[str, Any]:
    """Shares: of every seed, their mean, and half its 95% interval."""
    return {"values": [round(value, 4) for value in values], "mean": fmean(values), "half": half_width(values)}


def _found(experiment: HiddenTraits, final: Mapping[str, Any]) -> dict[str, str]:
    """What the numbers say, read in each way."""
    probe, untrained, teacher = final["probe"], final["untrained"], experiment.teacher
    gains = (taught(probe, untrained, arm) for arm in range(len(SHARES)))
    words = zip(experiment.arm_words(), gains, strict=False)
    by_probe = probed(probe, untrained)
    added = PROBED.format(
        images=PROBE_IMAGES,
        drawn=rounded(100 * fmean(untrained[teacher]), 1),
        added=", ".join(
            f"{arm.words} {signed(gain.mean)} ± {rounded(gain.half_width, 1)} points" for arm, gain in words
        ),
        head=ALONE[by_probe.head],
        body=ALONE[by_probe.body],
    )
    other = UNREAD.format(teacher=rounded(100 * fmean(final["other"][teacher]), 1))
    return {"teacher": found_words(explanation(final["through"])), "other": other, "probe": added}


def found_words(found: Explanation) -> str:
    """What the rule says of digits that are read through the teacher's outputs, in sentences."""
    if found.supports == "nothing":
        return SUPPORTED["nothing"]
    return (
        f"Of what the same start brings over sharing nothing, a shared head alone brings {ALONE[found.head]}, and a "
        f"shared body alone {ALONE[found.body]}. {SUPPORTED[found.supports]}"
    )


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(RecordedTraits).get(RECORDED)
    data: dict[str, Any] = contents(known) if known else {"trouble": GONE, "runs": []}
    held = {name: stage.held(name, options[name]) for name in ("outputs", "read")}
    runs = [run for run in data["runs"] if options["both"] or run["outputs"] == held["outputs"]]
    if options["alone"]:
        runs = [run | {"rows": run["rows"][:1], "found": dict.fromkeys(READS, "")} for run in runs]
    offers = {one: HiddenTraits((0,), int(one)) for one in OUTPUTS} if options["train"] else {}
    own = OwnRun(stage, key, offers, {"outputs": held["outputs"]})
    more = {"runs": runs, "reads": options["reads"], "own": own.told(), "phases": [TEACHER_UPDATES, STUDENT_UPDATES]}
    mount("hidden_traits", data | held | more, key, own.on)


FIGURE = Figure(
    "students that learned from noise, by what they share with their teacher",
    HiddenTraitsOptions,
    show,
    settings=(
        Setting("outputs", "meaningless outputs", choices=OUTPUTS),
        Setting("read", "through what digits are read", choices=tuple(READS)),
    ),
    trains=True,
    owns=lambda options, experiment: options["train"] and isinstance(experiment, HiddenTraits),
)
