"""What the page of a lesson gives to its figures, and how it shows one of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.store import Store
from app.teaching.figures import figures


@dataclass(frozen=True)
class Stage:
    """What the page of a lesson knows and lets its figures do.

    learner: None if the browser sent no cookie. saved: what the learner predicted, by the prediction's id, read from
    its JSON. settings: what link or learner set in this step, by key of `declared.CONTROLS` or of a figure's setting;
    fixed: keys that the link fixes. run_id: the learner's own run, if the address names one; started: runs that were
    started in this tab. just_saved: the prediction that was saved by the last press. place: what keys end in that stand
    once in a step, where several steps are on one page.

    change(**values): take over settings, or `run_id`; the address follows. say: put a sentence on the page. press:
    makes a callback of an act, beside which no other of this session acts, and whose StoreError the page tells.
    lab: the address of the lab with these settings, for a link.
    """

    store: Store
    learner: str | None
    lesson: str
    saved: Mapping[str, Any]
    settings: Mapping[str, Any]
    run_id: str | None
    change: Callable[..., None]
    say: Callable[[str], None]
    press: Callable[[Callable[[], None]], Callable[[], None]]
    lab: Callable[[Mapping[str, str]], str]
    fixed: frozenset[str] = frozenset()
    started: Collection[str] = ()
    just_saved: str = ""
    place: str = ""

    def waits(self, options: Mapping[str, Any]) -> bool:
        """Whether a prediction that the figure answers is not saved yet: then it gives nothing away."""
        return not {options["locked"], *options["after"]} - {None} <= self.saved.keys()

    def held(self, key: str, otherwise: Any) -> Any:
        """What the link fixes a setting to; `otherwise`, what the lesson says, if it does not."""
        return self.settings.get(key, otherwise) if key in self.fixed else otherwise


def show(name: str, options: Mapping[str, Any], stage: Stage, *, key: str) -> None:
    """Show the figure or formula that a lesson calls `name`. Raises KeyError if there is none.

    key: of this place in the page; what a learner did there is kept under it.
    """
    figures()[name].show(options, stage, key)
