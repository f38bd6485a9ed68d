"""The figure of a challenge: what it asks, and what the run on the bench comes to."""

from __future__ import annotations

from collections.abc import Callable

from app.components.mount import mount
from app.figures.run_source import Shown
from app.server.api.table import checked
from app.store import Store
from app.teaching.challenges import CHALLENGES

NO_RUN = "Press Train: it is checked when the run has finished."


def challenge_line(id_: str, shown: Shown, learner: str | None, store: Store, on_leave: Callable[[], None]) -> None:
    """Mount the line of a challenge that there is."""
    found = CHALLENGES[id_]
    said = checked(found, shown.id, learner, store) if shown.id else None
    data = {
        "id": found.id,
        "title": found.title,
        "words": found.words,
        "run": shown.id,
        "met": bool(said and said.met),
        "sentence": said.sentence if said else NO_RUN,
    }
    mount("challenge", data, "challenge", {"leave": on_leave})
