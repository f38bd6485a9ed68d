"""The figure of two runs side by side: what it needs to draw at once, before its first question to the server."""

from __future__ import annotations

from collections.abc import Callable

from app.components.mount import mount
from app.experiments.comparison import compared
from app.experiments.outcome import Outcome
from app.experiments.recordings import runs as recorded
from app.figures.run_bench import first_answer, words
from app.figures.run_source import Shown
from app.store import Store


def two_runs(
    a: Outcome, b: Outcome, link: str, learner: str | None, store: Store, on_close: Callable[[], None]
) -> None:
    """Mount the comparison of two runs that this version can read. link: the address of this comparison."""
    data = {
        "titles": [a.title, b.title],
        "answers": [first_answer(_shown(outcome, store), store, learner) for outcome in (a, b)],
        "comparison": compared(a, b).as_dict(),
        "link": link,
        "words": words(),
    }
    mount("compare", data, "compare", {"action": on_close})


def _shown(outcome: Outcome, store: Store) -> Shown:
    if outcome.recorded:
        return Shown(kept=recorded.recorded_runs().get(outcome.id), spec=outcome.spec)
    return Shown(run=store.runs.get(outcome.id), spec=outcome.spec)
