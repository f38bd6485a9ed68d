"""Students that read a few sentences, as text or with what a teacher says of them: how far they are from the truth."""

from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from app.catalog.language_models import STUDENT, manifest
from app.components.mount import mount
from app.experiments.kinds.language import ARMS, SENTENCES, UPDATES, Language
from app.experiments.paired import half_width
from app.experiments.recordings.language import RecordedLanguage, experiment_of, nearer
from app.experiments.recordings.recording import FinishedRun, recordings
from app.figures.own_run import OwnRun
from app.figures.stage import Stage
from app.teaching.checks.language import RECORDED
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded students of this figure are missing or damaged. Get a fresh copy of the app."
STOPS = tuple(map(str, SENTENCES))
MOMENTS = ("end", "best")
BASE = "text"  # what the others are set against


class SoftWordsOptions(Options):
    """sentences: that are read, at first; dial: with a choice of that. moment: at the end, or when each arm was best.

    moments: with a choice of that. arms: of which students are shown, () for all. curves: also how they came there.
    train: with a button that trains students here.
    """

    sentences: Literal["100", "300", "1000"] = "100"
    dial: bool = False
    moment: Literal["end", "best"] = "end"
    moments: bool = False
    arms: tuple[str, ...] = ()
    curves: bool = False
    train: bool = False


@lru_cache(maxsize=8)
def contents(known: RecordedLanguage, arms: tuple[str, ...] = ()) -> dict[str, Any]:
    """What is drawn, JSON-ready: for each number of sentences its students by arm, at the end and at their best."""
    return {
        "trouble": "",
        "runs": [_told(known, run, arms) for run in known.runs],
        "teacher": manifest()["kl_to_truth"],
        "parameters": STUDENT.parameters,
        "updates": UPDATES,
    }


def _told(known: RecordedLanguage, run: FinishedRun, arms: tuple[str, ...]) -> dict[str, Any]:
    experiment = experiment_of(run)
    base = {moment: known.kl(run, BASE, moment) for moment in MOMENTS}  # type: ignore[arg-type]
    rows = []
    for arm in experiment.arms:
        if arms and arm not in arms:
            continue
        ends = known.kl(run, arm)
        row: dict[str, Any] = {"arm": arm, "role": ARMS[arm].role, "words": ARMS[arm].words, "gains": {}}
        for moment in MOMENTS:
            values = known.kl(run, arm, moment)  # type: ignore[arg-type]
            row[moment] = {
                "values": [round(value, 5) for value in values],
                "mean": fmean(values),
                "half": half_width(values),
                "update": known.moment(run, arm, moment),  # type: ignore[arg-type]
            }
            if arm != BASE:
                gain = nearer(ends if moment == "end" else values, base[moment])
                row["gains"][moment] = {"mean": gain.mean, "half": gain.half_width}
        row["curve"] = [[update, *_spread(known.values(run, arm, "kl", update))] for update in run.moments]
        rows.append(row)
    return {"sentences": str(experiment.sentences), "seeds": len(experiment.seeds), "rows": rows}


def _spread(values: tuple[float, ...]) -> list[float]:
    return [round(value, 5) for value in (fmean(values), min(values), max(values))]


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(RecordedLanguage).get(RECORDED)
    try:
        data = contents(known, tuple(options["arms"])) if known else {"trouble": GONE}
    except (OSError, KeyError, ValueError):
        data = {"trouble": GONE}
    opens = {name: stage.held(name, options[name]) for name in ("sentences", "moment")}
    offers = {one: Language(int(one), (0,)) for one in STOPS} if options["train"] and not data["trouble"] else {}
    own = OwnRun(stage, key, offers, {"sentences": opens["sentences"]})
    more = {name: options[name] for name in ("dial", "moments", "curves")}
    mount("soft_words", data | more | {"opens": opens, "own": own.told()}, key, own.on)


FIGURE = Figure(
    "students that read a few sentences, as text or with a teacher’s words, and how far they are from the truth",
    SoftWordsOptions,
    show,
    settings=(
        Setting("sentences", "sentences that are read", choices=STOPS),
        Setting("moment", "moment at which students are asked", choices=MOMENTS),
    ),
    trains=True,
    owns=lambda options, experiment: options["train"] and isinstance(experiment, Language),
)
