"""What a figure declares of itself: its options, what phrases and links may set in it, which terms light in it.

The figures themselves are above: `app.figures` hands in what its folders declare.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.experiments.kinds import Experiment
from app.teaching.plain import Plain


@dataclass(frozen=True)
class Setting:
    """A control of a figure, by its key in phrases and links: one of `choices`, or a number from `low` to `high`.

    words: as the page names it, in the middle of a sentence. step: of the number field in which a link is made, whole
    numbers if it is one. option: the figure's option in which it begins, if that is not called as the key; one that is
    true or false stands for the second or the first choice, and of several values the first counts. former: how older
    links call it. held: it may be fixed or hidden alone, and has no value.
    """

    key: str
    words: str
    low: float = 0
    high: float = 0
    step: float = 1
    choices: tuple[str, ...] = ()
    option: str = ""
    former: str = ""
    held: bool = False

    def fault(self, value: str) -> str:
        """The fault of a value, "" if there is none."""
        if self.held:
            return "it can be fixed or hidden, not set"
        if self.choices:
            return "" if value in self.choices else f"it must be one of {', '.join(self.choices)}"
        try:
            inside = self.low <= float(value) <= self.high
        except ValueError:
            inside = False
        return "" if inside else f"it must be a number from {self.low:g} to {self.high:g}"

    def read(self, value: str) -> str | float:
        """A value without a fault, as a figure has it: a choice, or a number, a whole one where steps are whole."""
        if self.choices:
            return value
        number = float(value)
        return int(number) if float(self.step).is_integer() and number.is_integer() else number

    def begins(self, options: Iterable[Mapping[str, Any]]) -> Any:
        """The value with which the first of some figures that has it begins, by their options."""
        name = self.option or self.key
        given = next((one[name] for one in options if name in one), None)
        if self.choices:
            given = self.choices[given] if isinstance(given, bool) else given
            return given if given in self.choices else self.choices[0]
        given = given[0] if isinstance(given, list | tuple) else given
        return min(self.high, max(self.low, self.low if given is None else given))


TRAINING = Setting("train", "training of one’s own", held=True)  # of every figure that trains: its button


class Options(Plain):
    """The options of every figure. locked: the prediction that must be saved before it is shown, and that it answers;
    after: others that must be saved before, because it shows what came of them, too.
    """

    locked: str | None = None
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A figure, or a formula with live numbers, as its folder declares it.

    words: what it shows. show(options, stage, key): shows it, see `app.figures.stage`. settings: what phrases and
    links may set; lights: terms that phrases may light; trains: whether a learner may train there; asks: whether it
    asks for an answer; races: whether what came out of a prediction is first seen as a race; waits: whether it shows
    what the prediction is about before that is saved. owns(options, experiment): whether a learner trains such
    experiments there, of a kind that the lab does not show.
    """

    words: str
    options: type[Options]
    show: Callable[[Mapping[str, Any], Any, str], None]
    settings: tuple[Setting, ...] = ()
    lights: frozenset[str] = frozenset()
    trains: bool = False
    asks: bool = False
    races: bool = False
    waits: bool = False
    formula: bool = False
    owns: Callable[[Mapping[str, Any], Experiment], bool] = lambda _options, _experiment: False

    @property
    def controls(self) -> tuple[Setting, ...]:
        """The settings that a link may set, fix or hide."""
        return (*self.settings, TRAINING) if self.trains else self.settings


_handed_in: dict[str, Figure] = {}


def hand_in(figures: Mapping[str, Figure]) -> None:
    """Let lessons show these figures, by the ids in which lessons name them."""
    _handed_in.clear()
    _handed_in.update(figures)


def figures() -> Mapping[str, Figure]:
    """All figures and formulas by id. Raises LookupError if nobody has handed them in."""
    if not _handed_in:
        raise LookupError("no figures are known: import app.figures before a lesson is read")
    return _handed_in


def controls_of(names: Iterable[str]) -> dict[str, Setting]:
    """The settings that a link to a step with these figures may set, fix and hide, by key."""
    by_key: dict[str, Setting] = {}
    for name in names:
        for setting in figures()[name].controls:
            by_key.setdefault(setting.key, setting)
    return by_key
