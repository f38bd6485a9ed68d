"""Where small models work that a large one taught: what others have published, each with its source."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from app.catalog.rounding import rounded
from app.components.prose import prose
from app.figures.bars.figure import bars
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options
from app.teaching.published import Published, readable

OWN = "Each is what its authors report of their own model. The sources say how it was measured."


class CasesOptions(Options):
    """only: their ids in published.yaml, in this order; all of them if it is empty. first: one that stands alone, as
    bars, too; the others are behind a press.
    """

    only: tuple[str, ...] = ()
    first: str = ""


def cases(only: Iterable[str], key: str, first: str = "") -> None:
    """Mount some of them, see `CasesOptions`; nothing if their file cannot be read."""
    known = readable()
    chosen = {id_: known[id_] for id_ in only if id_ in known} or known
    alone = chosen.get(first)
    others = _list(case for case in chosen.values() if case is not alone) + f'<p class="own">{escape(OWN)}</p>'
    if alone:
        summary = f"{len(chosen) - 1} others, from phones to hospitals"
        others = f"{_compared(alone)}{_list([alone])}<details><summary>{summary}</summary>{others}</details>"
    if chosen:
        prose(others, {}, key=key)


def _list(some: Iterable[Published]) -> str:
    return f'<ul class="cases">{"".join(map(_card, some))}</ul>'


def _card(case: Published) -> str:
    source = f'<a href="{escape(case.source.url)}" target="_blank" rel="noopener">{escape(case.source.text)}</a>'
    return f'<li><h3>{escape(case.where)}</h3><p>{escape(case.in_words())}</p><p class="source">{source}</p></li>'


def _compared(case: Published) -> str:
    """How large teacher and student are, and what they reach; "" if it is not known."""
    if not case.sizes or not {"teacher", "student"} <= case.numbers.keys():
        return ""
    (big, large), (small, few) = case.sizes.teacher, case.sizes.student
    best, reached = case.numbers["teacher"], case.numbers["student"]
    millions = [
        ("teacher", big, rounded(large / 1e6, grouped=True), 100),
        ("distilled", small, rounded(few / 1e6, grouped=True), 100 * few / large),
    ]
    points = [("teacher", big, f"{best:g}", best), ("distilled", small, f"{reached:g}", reached)]
    return bars("Millions of numbers", millions) + bars("Points on a set of language tests, of a hundred", points)


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    cases(options["only"], key, options["first"])


FIGURE = Figure("where small models work that a large one taught, with sources", CasesOptions, show)
