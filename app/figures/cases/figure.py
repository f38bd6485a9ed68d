"""Where small models work that a large one taught: what others have published, each with its source."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from app.components.prose import prose
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options
from app.teaching.published import Published, readable

OWN = "Each is what its authors report of their own model. The sources say how it was measured."


class CasesOptions(Options):
    """only: their ids in published.yaml, in this order; all of them if it is empty."""

    only: tuple[str, ...] = ()


def cases(only: Iterable[str], key: str) -> None:
    """Mount some of them; nothing if their file cannot be read."""
    known = readable()
    if chosen := [known[id_] for id_ in only if id_ in known] or list(known.values()):
        prose(f'<ul class="cases">{"".join(map(_card, chosen))}</ul><p class="own">{escape(OWN)}</p>', {}, key=key)


def _card(case: Published) -> str:
    source = f'<a href="{escape(case.source.url)}" target="_blank" rel="noopener">{escape(case.source.text)}</a>'
    return f'<li><h3>{escape(case.where)}</h3><p>{escape(case.in_words())}</p><p class="source">{source}</p></li>'


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    cases(options["only"], key)


FIGURE = Figure("where small models work that a large one taught, with sources", CasesOptions, show)
