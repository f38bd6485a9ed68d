"""What is recorded of habits, of hidden traits, and of kinds of teachers."""

from app.experiments.kinds import Experiment
from app.experiments.kinds.habit import Habit
from app.experiments.kinds.hidden_traits import HiddenTraits
from app.experiments.kinds.teachers import Teachers

Cohorts = tuple[tuple[Experiment, ...], ...]

SHARES = (0.0, 0.02, 0.1, 0.25, 0.5)  # of the students' images that have the patch
ON_DIGITS = ("update", "accuracy", "through", "copied", "final")


def habits(seeds: tuple[int, ...]) -> Cohorts:
    """A teacher with a habit and one without, a twin, and students of all."""
    return ((Habit(seeds, SHARES, controls=True),),)


def noise(seeds: tuple[int, ...]) -> Cohorts:
    """Students of noise, with few meaningless outputs and with many."""
    return tuple((HiddenTraits(seeds, outputs, controls=True),) for outputs in (3, 100))


def teachers(seeds: tuple[int, ...]) -> Cohorts:
    """Six kinds of teachers, one of each."""
    return ((Teachers(seeds),),)


def grown(seeds: tuple[int, ...]) -> Cohorts:
    """The same kinds, of which each seed has teachers of its own, heard at several temperatures."""
    return ((Teachers(seeds, (1.0, 2.0, 4.0, 8.0), grown=True),),)
