"""“Which bug is this?”: rounds with their answers, and what each is answered with.

Asked is only about arms of which every two can be told apart by a number that is shown.
"""

import random
from collections.abc import Collection
from typing import Any

from app.catalog.bugs import BUGS
from app.experiments.recordings.bugs import RecordedBugs
from app.teaching.checks.bugs import MEASURES, distinct, gives_away, looks_like, separation, shown, telling

ANSWERS = 4  # of a round
NO_BUG = "no bug at all"
NO_VALUE = "–"
ALL = tuple(MEASURES)


def rounds(run: RecordedBugs) -> list[dict[str, Any]]:
    """One round for each arm that can be asked about, in an order that is always the same, JSON-ready.

    The answers beside the right one are those that come nearest to it.
    """
    asked, draw = list(distinct(run)), random.Random(run.id)
    draw.shuffle(asked)
    return [_round(run, arm, asked, draw) for arm in asked]


def left_out(run: RecordedBugs) -> str:
    """The bugs that cannot be asked about, and why; "" if all can."""
    missing = [bug for bug in run.bugs if bug not in distinct(run)]
    said = [f"“{title(bug)}”, which looks like {_listed(looks_like(run, bug))}" for bug in missing]
    return f"Not asked here, since no number tells them apart: {'; '.join(said)}." if said else ""


def title(arm: str) -> str:
    """The name of an answer."""
    return BUGS[arm].title if arm else NO_BUG


def _round(run: RecordedBugs, right: str, asked: list[str], draw: random.Random) -> dict[str, Any]:
    def clearness(other: str) -> float:
        return max(separation(run, measure, right, other) for measure in MEASURES)

    nearest = sorted((arm for arm in asked if arm != right), key=clearness)[: ANSWERS - 1]
    answers = [right, *nearest]
    draw.shuffle(answers)
    return {"rows": diagnosis(run, right), "options": [option(run, right, answer) for answer in answers]}


def diagnosis(run: RecordedBugs, right: str, measures: Collection[str] = ALL) -> list[list[str]]:
    """The rows that are shown of an arm: [words, of the healthy run, which is the same for all, of this one]."""
    return [[MEASURES[key].words, shown(run, key, ""), shown(run, key, right)] for key in measures]


def option(run: RecordedBugs, right: str, answer: str, measures: Collection[str] = ALL) -> dict[str, Any]:
    """An answer and what is said of it; lit: the words of the row that decides it. measures: what is shown."""
    answered = {"title": title(answer), "right": answer == right}
    if answer != right:
        rows = telling(run, right, answer, measures)
        key = next((one for one in rows if NO_VALUE not in (shown(run, one, answer), shown(run, one, right))), rows[0])
        said = f"No. With “{title(answer)}”, the row “{MEASURES[key].words}” would show {shown(run, key, answer)}, not "
        return answered | {"said": f"{said}{shown(run, key, right)}.", "lit": MEASURES[key].words}
    giving = gives_away(run, right, measures) if right else None
    if giving is None:
        return answered | {"said": "Yes. Every number is that of the healthy run.", "lit": None}
    words = MEASURES[giving].words
    instead = " instead of ".join(shown(run, giving, arm) for arm in (right, ""))
    return answered | {"said": f"Yes. “{words}” gives it away: {instead}. {BUGS[right].words}", "lit": words}


def _listed(arms: tuple[str, ...]) -> str:
    return " and ".join(f"“{title(arm)}”" for arm in arms)
