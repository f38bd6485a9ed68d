"""A learner's own run in a figure whose script has the button: what may be trained, and how a run there is found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from app.catalog.declared import CONTROLS
from app.components.mount import sent
from app.experiments.kinds import Experiment
from app.experiments.spec import fresh_seeds
from app.figures.lesson_run import owned, session, train
from app.figures.stage import Stage
from app.teaching.figures import TRAINING

ANOTHER = "The run in the address is of another experiment: here is the recorded one of this lesson."
NOWHERE = "Nothing was recorded there. Turn the dial and press again."
LESSON_SECONDS = 13.0  # of `Work.cost`: what takes longer does not fit into a lesson


@dataclass(frozen=True)
class OwnRun:
    """What a learner may train in a figure, at the press of a button that its script has: see components/js/own_run.js.

    key: of the figure's component. offers: by where its dials stand, their values with "/" between, what is trained
    there, with seeds of its own each time. opens: where the dials stand at first, by key and in the same order: a dial
    that the link fixes stays there.
    """

    stage: Stage
    key: str
    offers: Mapping[str, Experiment]
    opens: Mapping[str, Any]

    def told(self, *, followed: bool = True) -> dict[str, Any]:
        """What the script needs to know. followed: whether it says itself how the run in the address stands."""
        run, _, why = owned(self.stage, self.fits, ANOTHER) if followed and self.offers else (None, None, "")
        return {
            "offers": list(self._offered),
            "about": about(next(iter(self.offers.values())), self._seeds) if self.offers else "",
            "run": run and run.id,
            "why": why,
        }

    @property
    def on(self) -> dict[str, Callable[[], None]]:
        """What hears the button, for `mount`."""
        return {"train": self.stage.press(self._train)}

    def fits(self, own: Experiment) -> bool:
        """Whether it is one of these experiments, with whatever seeds."""
        return any(seeded(one, own.seeds) == own for one in self.offers.values())

    @property
    def _offered(self) -> Mapping[str, Experiment]:
        fixed = self.stage.fixed

        def holds(place: str) -> bool:
            parts = zip(place.split("/"), self.opens.items(), strict=False)
            return all(key not in fixed or part == str(value) for part, (key, value) in parts)

        return {} if TRAINING.key in fixed else {place: one for place, one in self.offers.items() if holds(place)}

    @property
    def _seeds(self) -> int:
        """The same wherever the dials stand."""
        return min(map(seeds_in_time, self.offers.values()))

    def _train(self) -> None:
        """Train what the dials stood at when the button was pressed, which is sent along with the press."""
        asked = sent(session(), self.key, "train")
        place = asked.get("place") if isinstance(asked, dict) else None
        chosen = self._offered.get(place) if isinstance(place, str) else None
        if chosen is None:
            self.stage.say(NOWHERE)
        else:
            train(self.stage, seeded(chosen, fresh_seeds(self._seeds)))


def seeded(experiment: Experiment, seeds: tuple[int, ...]) -> Experiment:
    """The same experiment with other seeds."""
    return cast(Experiment, replace(cast(Any, experiment), seeds=seeds))


def seeds_in_time(experiment: Experiment) -> int:
    """With how many seeds it fits into a lesson: as many as the lab has, or fewer, and one at least.

    The recording beside it has many more; a learner who wants them can add some, too.
    """
    most = CONTROLS["seeds"].default
    fitting = (n for n in range(most, 1, -1) if seeded(experiment, tuple(range(n))).work().cost <= LESSON_SECONDS)
    return next(fitting, 1)


def about(experiment: Experiment, seeds: int) -> str:
    """How many networks a press trains."""
    arms = experiment.arm_words()
    teachers = sum(arm.role == "teacher" for arm in arms)
    students = f"{(len(arms) - teachers) * seeds} students, with {seeds} new seed{'s' * (seeds > 1)}"
    return f"{teachers * seeds} teachers, then {students}." if teachers else f"{students}."
