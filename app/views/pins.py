"""Two runs that are pinned to be compared, and the address that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from app.experiments.outcome import Outcome
from app.experiments.spec import is_run_id, shown
from app.figures.run_source import elsewhere
from app.server.api.table import outcome_of
from app.store import Store
from app.views.address import LARGE, PageState

PINS = "pins"  # in the session
PLACES = ("a", "b")


@dataclass
class Pins(PageState):
    """The runs at A and B."""

    shows: ClassVar[Mapping[str, str]] = LARGE
    at: dict[str, str] = field(default_factory=dict)

    def query(self) -> dict[str, str]:
        """The address of this state."""
        return dict(sorted(self.at.items()))

    def pin(self, run_id: str) -> None:
        """Pin a run if there is room; with two pinned, in the place of the second."""
        if run_id not in self.at.values():
            free = [place for place in PLACES if place not in self.at]
            self.at[free[0] if free else PLACES[-1]] = run_id

    def unpin(self, run_id: str) -> None:
        """Take a run off."""
        self.at = {place: pinned for place, pinned in self.at.items() if pinned != run_id}


def link_to(pins: Pins | None, also: str | None = None) -> dict[str, str]:
    """The address of the page of runs, with what is pinned. also: a run to pin beside the first."""
    at = Pins({place: pinned for place, pinned in (pins.at if pins else {}).items() if place == "a" or not also})
    if also:
        at.pin(also)
    return at.query()


def from_address(params: Mapping[str, str]) -> Pins:
    """The pins that an address describes. Never raises for what is in it: problems become sentences."""
    pins = Pins()
    for key, text in params.items():
        if key not in PLACES:
            pins.problems.append(f"The address has a setting that does not exist, {shown(key)}; it is left out.")
        elif not is_run_id(text):
            pins.problems.append(f"The address names no run {key.upper()}: {shown(text)} is not a run’s id.")
        elif text in pins.at.values():
            pins.problems.append("The address names the same run twice: pin another one to compare it with.")
        else:
            pins.at[key] = text
    return pins


def look_up(pins: Pins, store: Store) -> dict[str, Outcome]:
    """What came of the pinned runs, by place. One that cannot be compared is taken off, and a sentence says why."""
    outcomes = {}
    for place, run_id in sorted(pins.at.items()):
        outcome = outcome_of(run_id, store)
        if outcome and outcome.spec:
            outcomes[place] = outcome
            continue
        gone = f"There is no run {shown(run_id)} here; it may have been removed."
        why = elsewhere(run_id, outcome.experiment) if outcome else gone
        pins.problems.append(f"{why} Pin another one as {place.upper()}.")
        del pins.at[place]
    return outcomes
