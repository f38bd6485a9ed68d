"""Runs at the stops of one dial or two, each with several measures at its end."""

from collections.abc import Sequence
from typing import Any, ClassVar

from app.catalog.declared import DATA, STUDENTS
from app.experiments.kinds import Experiment, Measure
from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.rules import Rules
from app.experiments.recordings.recording import FinishedRun, Recording

# By measure: above which share a student has learned anything. Guessing gets a tenth of the digits, and half of the
# pairs; in the recordings no student lies between 10.4% and 62.1%, and none between 55.6% and 78.8% but for one seed
# that learned the other rule in its place, and that guesses with labels only.
LEARNED = {"accuracy": 0.5, "larger": 0.7}
BOTH = ("labels", "distilled")

Score = tuple[tuple[float | None, ...], ...]  # (arms, seeds), fractions; None if there is nothing to measure


class RecordedDial(Recording):
    """Of images, its record names the measures, and every run has them as scores; another kind has its own."""

    KIND: ClassVar[str] = "dial"
    WORDS: ClassVar[str] = "recorded dial"

    def _check(self) -> None:
        for run in self.runs:
            for measure in self.measures:
                self.score(run, measure.key)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What was measured of every run."""
        named: Sequence[dict[str, Any]] = self.record.get("measures", ())
        return tuple(Measure(**one) for one in named) or self.runs[0].experiment.measures

    def score(self, run: FinishedRun, key: str) -> Score:
        """A measure at the end of a run: (arms, seeds). Raises ValueError if there is none of that name."""
        scores = run.end.get("scores", run.end)
        if key not in {measure.key for measure in self.measures}:
            raise ValueError(f"{self.id} has no measure “{key}”: say one of {', '.join(m.key for m in self.measures)}")
        return tuple(map(tuple, scores[key]))

    def learners(self, run: FinishedRun, arm: str) -> tuple[bool, ...]:
        """Which seeds of an arm learned anything, see LEARNED. Raises ValueError if there is no such arm."""
        measure = next(one.key for one in self.measures if one.key in LEARNED)
        row = self.score(run, measure)[arm_ids(run.experiment).index(arm)]
        return tuple(share is not None and share > LEARNED[measure] for share in row)

    def at(self, **settings: Any) -> FinishedRun:
        """The run with these settings, see `settings_of`. Raises ValueError if there is none, or more than one."""
        known = [run for run in self.runs if settings.items() <= settings_of(run.experiment).items()]
        if len(known) != 1:
            said = ", ".join(f"{key} {value}" for key, value in settings.items())
            raise ValueError(f"{self.id} has {len(known)} runs with {said}")
        return known[0]


def settings_of(experiment: Experiment) -> dict[str, Any]:
    """Where a run stands on dials: parameters and updates of its students, and what else sets it apart."""
    if isinstance(experiment, RunSpec):
        return {
            "size": STUDENTS[experiment.student].parameters(DATA[experiment.data]),
            "updates": experiment.updates,
            "images": experiment.variants[0].name if experiment.variants else "plain",
            "network": "leaky" if experiment.slope else "slow" if experiment.rate < 1 else "relu",
        }
    own = {name: getattr(experiment, name) for name in ("width", "updates") if hasattr(experiment, name)}
    network = "leaky" if getattr(experiment, "slope", 0) else "relu"
    return own | {"size": getattr(experiment, "parameters", 0), "network": network}


def arm_ids(experiment: Experiment) -> tuple[str, ...]:
    """How lessons call the arms, in their order: labels, distilled; then by method, of the teacher by T (kd-1)."""
    if isinstance(experiment, Rules):
        return *experiment.arms, "teacher"
    if not isinstance(experiment, RunSpec):
        return tuple(arm.role for arm in experiment.arm_words())
    ids = list[str]()
    for arm in experiment.arms:
        if arm.by:
            ids.append("assistant")
        elif arm.method == "kd":
            ids.append(f"kd-{arm.temperature:g}" if "distilled" in ids else "distilled")
        else:
            ids.append(arm.method)
    return tuple(ids)
