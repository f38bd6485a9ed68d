"""“Which bug is this?” as a question of a quiz: its rows, its options, and what is said of each. Knows no page.

All of it is computed from the recorded numbers. Asked is only what the shown rows tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from app.experiments.recordings.bugs import RecordedBugs
from app.teaching.bug_rounds import diagnosis, option, title
from app.teaching.checks.bugs import MEASURES, known, telling
from app.teaching.plain import ClaimError
from app.teaching.questions import BugHunt
from app.teaching.variants import Variant

NONE = "none"  # the healthy run, as a question names it


@dataclass(frozen=True, eq=False)
class Hunted:
    """A run without its name. arm: which it is, "" for the healthy one; options: ids; measures: what is shown."""

    run: RecordedBugs
    arm: str
    options: tuple[str, ...]
    measures: tuple[str, ...]

    @property
    def key(self) -> str:
        """The right option."""
        return self.arm or NONE

    @property
    def rows(self) -> list[list[str]]:
        """What is shown: [words, of the healthy run, of this one]."""
        return diagnosis(self.run, self.arm, self.measures)

    def title(self, id_: str) -> str:
        """What an option is called."""
        found = title(_arm(id_))
        return found[0].upper() + found[1:]

    def said(self, id_: str) -> str:
        """What is said of an option, chosen or not."""
        return str(option(self.run, self.arm, _arm(id_), self.measures)["said"])

    def lit(self, id_: str) -> str:
        """The words of the row that decides about an option, "" where none does."""
        return str(option(self.run, self.arm, _arm(id_), self.measures)["lit"] or "")


def hunted(asked: Variant) -> Hunted:
    """The run that a question asks about. Raises ClaimError where there is none, or what is shown does not name it."""
    question = asked.question
    assert isinstance(question, BugHunt)
    try:
        run = known(asked.of(question.cohort))
    except ValueError as error:
        raise ClaimError(str(error)) from error
    bug, measures = str(asked.of(question.bug)), question.shows or tuple(MEASURES)
    if unknown := [id_ for id_ in (bug, *question.among) if id_ not in (NONE, *run.bugs)]:
        raise ClaimError(f"no bug “{unknown[0]}” was recorded there: use {NONE} or some of {', '.join(run.bugs)}")
    if unknown := [measure for measure in measures if measure not in MEASURES]:
        raise ClaimError(f"there is no row “{unknown[0]}”: show some of {', '.join(MEASURES)}")
    if bug not in question.among:
        raise ClaimError(f"“{bug}” is right, but is not among its options: add it")
    for one, other in combinations([_arm(id_) for id_ in question.among], 2):
        if not telling(run, one, other, measures):
            raise ClaimError(
                f"what is shown does not tell “{title(one)}” from “{title(other)}”: show more, or take one out"
            )
    if _arm(bug) and not telling(run, bug, "", measures):
        raise ClaimError(
            f"what is shown of “{title(bug)}” is what a healthy run shows: show more, or ask about another"
        )
    return Hunted(run, _arm(bug), question.among, measures)


def _arm(id_: str) -> str:
    return "" if id_ == NONE else id_
