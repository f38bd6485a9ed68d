"""How much is kept of a learner, in words."""

from __future__ import annotations

from app.store.learners import Kept


def in_words(kept: Kept) -> str:
    """As in “12 answers, 3 predictions and 1 run”; “nothing” if there is none."""
    counts = (
        (kept.answers, "answer"),
        (kept.predictions, "prediction"),
        (kept.steps, "step"),
        (kept.runs, "run"),
        (kept.sweeps, "sweep"),
        (kept.image_sets, "set of images", "sets of images"),
    )
    said = [f"{count:,} {names[0] if count == 1 else (*names, f'{names[0]}s')[1]}" for count, *names in counts if count]
    return " and ".join(filter(None, (", ".join(said[:-1]), *said[-1:]))) or "nothing"
