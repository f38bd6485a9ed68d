"""Which function mounts which figure of a lesson, and what the page gives to all of them. Knows no page and no lesson.

`app/teaching/stage.py` says what a lesson may ask of each. A figure's own module sees this one for its types alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.figures.bug_lab import bug_lab
from app.figures.costs_on_stage import costs, queries
from app.figures.formula import softmax
from app.figures.hunt import hunt
from app.figures.label_dial import label_dial
from app.figures.microscope import microscope
from app.figures.never_shown import never_shown
from app.figures.similarity import similarity
from app.figures.slow_motion import slow_motion
from app.figures.soft_labels import teacher_alone
from app.figures.softening import on_stage as softening
from app.figures.tuning import tuning
from app.figures.twins import twins
from app.figures.which_bug import which_bug
from app.store import Store


@dataclass(frozen=True)
class Stage:
    """What the page of a lesson knows and lets its figures do.

    learner: None where the browser sent no cookie. saved: what the learner predicted, by the prediction's id, read from
    its JSON. settings: values by key of `catalog.CONTROLS`, as the address has them; fixed: keys that the link fixes.
    run_id: the learner's own run, where the address names one; started: runs that were started in this tab.

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


Mount = Callable[[Mapping[str, Any], Stage, str], None]  # (options, as the lesson gives them; stage; key of the place)

MOUNT: dict[str, Mount] = {
    "answers": teacher_alone,
    "bug-lab": bug_lab,
    "costs": costs,
    "hunt": hunt,
    "label-dial": label_dial,
    "microscope": microscope,
    "never-shown": never_shown,
    "queries": queries,
    "similarity": similarity,
    "slow-motion": slow_motion,
    "softening": softening,
    "softmax": softmax,
    "tuning": tuning,
    "twins": twins,
    "which-bug": which_bug,
}


def mount(name: str, options: Mapping[str, Any], stage: Stage, *, key: str) -> None:
    """Mount the figure that a lesson calls `name`. Raises KeyError where there is none.

    key: of this place in the page; what a learner did there is kept under it.
    """
    MOUNT[name](options, stage, key)
