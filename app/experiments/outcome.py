"""What came of a run, in the same form for a run of the store and a recorded one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.catalog.declared import Arm
from app.experiments.final import Accuracy, Reached, on_curve, reached
from app.experiments.kinds import Experiment, read
from app.experiments.kinds.cohort import RunSpec, cohort_verdict
from app.experiments.recordings.runs import RecordedRun
from app.experiments.spec import SpecError
from app.experiments.verdict import Stage, Verdict
from app.store import LIVE, Run

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Outcome:
    """A run's experiment, how it stands, and its last numbers.

    experiment: None if another version made it, which knew what this one does not. final: what its verdict is taken on,
    None before the first update was tested; curve: the same on the images of its curve. created: seconds since 1970,
    None of a recorded run. engine, data_digest: what made the numbers, as far as that is known.
    """

    id: str
    name: str
    state: str
    experiment: Experiment | None
    created: float | None
    update: int
    updates: int
    seconds: float
    final: Reached | None = None
    curve: Reached | None = None
    engine: int | str | None = None
    data_digest: str = ""
    recorded: bool = False

    @property
    def spec(self) -> RunSpec | None:
        """The experiment if it is a cohort: that is what the lab shows, and what can be compared."""
        return self.experiment if isinstance(self.experiment, RunSpec) else None

    @property
    def accuracy(self) -> Accuracy | None:
        """Of every student, (arms, seeds), fractions of the `test_images`."""
        return self.final.accuracy if self.final else None

    @property
    def test_images(self) -> int | None:
        """How many its verdict is taken on."""
        return self.final.images if self.final else None

    @property
    def teacher_accuracy(self) -> float | None:
        """The teacher's, on the same images."""
        return self.final.teacher if self.final else None

    def on_curve(self) -> Self:
        """The same run as the images of its curve show it."""
        return replace(self, final=self.curve)

    @property
    def stage(self) -> Stage:
        """How final its numbers are."""
        return "finished" if self.state == "finished" else "so-far" if self.state in LIVE else "stopped"

    @property
    def verdict(self) -> Verdict | None:
        """What its numbers say; None before there are any."""
        if self.spec is None or self.accuracy is None or not self.test_images:
            return None
        return _verdict(self.accuracy, self.test_images, self.spec.arms, self.stage, self.spec.extended)

    @property
    def gain(self) -> Verdict | None:
        """What the teacher added: the verdict without arms that have a bug, and without a control."""
        arms = self.spec.arms if self.spec else ()
        healthy = [at for at, arm in enumerate(arms) if not arm.bug and arm.role != "control"]
        if self.spec is None or self.accuracy is None or not self.test_images or len(healthy) == len(arms):
            return self.verdict
        accuracy = tuple(self.accuracy[at] for at in healthy if at < len(self.accuracy))
        told = tuple(arms[at] for at in healthy)
        return _verdict(accuracy, self.test_images, told, self.stage, self.spec.extended)

    @property
    def title(self) -> str:
        """Its name, else the experiment in a few words."""
        return self.name or (self.experiment.in_short() if self.experiment else "made by another version")

    def told_apart(self, zone: str | None) -> str:
        """Its name, else its title and when it was started: many runs have the same words. zone: of the reader's
        clock, as in "Europe/Berlin"; None, or one that is not known here: UTC, which is said.
        """
        if self.name or self.created is None:
            return self.title
        try:
            at, said = datetime.fromtimestamp(self.created, ZoneInfo(zone or "")), ""
        except (ValueError, OSError, ZoneInfoNotFoundError):  # Windows knows none by itself
            at, said = datetime.fromtimestamp(self.created, UTC), " UTC"
        return f"{self.title}, of {at.day} {MONTHS[at.month - 1]}, {at:%H:%M}{said}"

    def arm(self, role: str) -> tuple[Arm, tuple[float, ...]] | None:
        """The first arm of a role with its accuracy for each seed, None if it has none."""
        for arm, accuracy in zip(self.spec.arms if self.spec else (), self.accuracy or (), strict=False):
            if arm.role == role:
                return arm, accuracy
        return None


def of_run(run: Run, last: Mapping[str, Any] | None) -> Outcome:
    """The outcome of a run of the store. last: its last event."""
    final, curve = _ends(last, run.record)
    return Outcome(
        id=run.id,
        name=run.name,
        state=run.state,
        experiment=experiment_of(run),
        created=run.created,
        update=run.update,
        updates=run.updates,
        seconds=run.seconds,
        final=final,
        curve=curve,
        engine=run.record.get("engine"),
        data_digest=run.record.get("data_digest") or "",
    )


def of_recorded(kept: RecordedRun) -> Outcome:
    """The outcome of a recorded run."""
    final, curve = _ends(kept.events[-1], kept.record)
    return Outcome(
        id=kept.id,
        name=kept.title,
        state="finished",
        experiment=kept.spec,
        created=None,
        update=kept.updates,
        updates=kept.updates,
        seconds=kept.seconds,
        final=final,
        curve=curve,
        engine=kept.record.get("engine"),
        data_digest=kept.record.get("data_digest") or "",
        recorded=True,
    )


def experiment_of(run: Run) -> Experiment | None:
    """A run's experiment; None if an earlier or later version made it, and this one cannot read it."""
    return _experiment(run.spec_json)


@lru_cache(maxsize=4096)  # a table is drawn again at every press
def _experiment(text: str) -> Experiment | None:
    try:
        return read(text)
    except SpecError:
        return None


@lru_cache(maxsize=4096)
def _verdict(
    accuracy: Accuracy, test_images: int, arms: tuple[Arm, ...], stage: Stage, extended: bool
) -> Verdict | None:
    try:
        return cohort_verdict(accuracy, test_images, arms, stage=stage, extended=extended)
    except ValueError:  # numbers that are not those of its arms
        return None


def _ends(event: Mapping[str, Any] | None, record: Mapping[str, Any]) -> tuple[Reached | None, Reached | None]:
    """What the last event says on the images of the verdict, and on those of the curve."""
    images = record.get("test_images")
    if not event or event.get("update") == 0 or not images:
        return None, None
    try:
        told = (event, images, record.get("teacher_accuracy"))
        return reached(*told), on_curve(*told)
    except (KeyError, TypeError, ValueError):
        return None, None
