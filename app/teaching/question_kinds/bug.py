"""“Which bug is this?”: name the bug of a recorded run. Its numbers give the rows, the options and their feedback."""

from dataclasses import replace
from itertools import combinations
from typing import Any, ClassVar, Literal

from pydantic import Field

from app.experiments.recordings.bugs import RecordedBugs
from app.teaching.bug_rounds import diagnosis, option, title
from app.teaching.checks.bugs import MEASURES, known, telling
from app.teaching.grading import Grade
from app.teaching.markup import table_html
from app.teaching.options import MOST_OPTIONS, ChoiceQuestion, FilledOption
from app.teaching.plain import ClaimError
from app.teaching.question import Flashcard, Gift
from app.teaching.variants import Variant

NONE = "none"  # the healthy run, as a question names it
HEADS = ("", "healthy", "this run")


class BugHunt(ChoiceQuestion):
    """Which bug is this? A recorded run of the bug lab without its name, beside its healthy twin.

    cohort: of the recorded ones; bug: which of its bugs, "none" for the healthy run. among: its options, of which every
    two are told apart by a row that is shown; what is said of each is computed. shows: the rows, all if unsaid.
    """

    has_figure: ClassVar[bool] = True
    is_recorded: ClassVar[bool] = True
    another: ClassVar[str] = "another run"

    kind: Literal["bug"]
    cohort: str
    bug: str
    among: tuple[str, ...] = Field(min_length=2, max_length=MOST_OPTIONS)
    shows: tuple[str, ...] = ()

    def run(self, asked: Variant) -> tuple[RecordedBugs, str]:
        """The recording and the bug that is asked about. Raises ClaimError if the rows do not name it."""
        try:
            run = known(asked.of(self.cohort))
        except ValueError as error:
            raise ClaimError(str(error)) from error
        bug, measures = str(asked.of(self.bug)), self.measures()
        if unknown := [id_ for id_ in (bug, *self.among) if id_ not in (NONE, *run.bugs)]:
            raise ClaimError(f"no bug “{unknown[0]}” was recorded there: use {NONE} or some of {', '.join(run.bugs)}")
        if unknown := [measure for measure in measures if measure not in MEASURES]:
            raise ClaimError(f"there is no row “{unknown[0]}”: show some of {', '.join(MEASURES)}")
        if bug not in self.among:
            raise ClaimError(f"“{bug}” is right, but is not among its options: add it")
        for one, other in combinations([_arm(id_) for id_ in self.among], 2):
            if not telling(run, one, other, measures):
                raise ClaimError(
                    f"what is shown does not tell “{title(one)}” from “{title(other)}”: show more, or take one out"
                )
        if _arm(bug) and not telling(run, bug, "", measures):
            raise ClaimError(
                f"what is shown of “{title(bug)}” is what a healthy run shows: show more, or ask about another"
            )
        return run, bug

    def measures(self) -> tuple[str, ...]:
        """The keys of the rows."""
        return self.shows or tuple(MEASURES)

    def rows(self, asked: Variant) -> list[list[str]]:
        """The rows that are shown: [words, of the healthy run, of this one]. Raises ClaimError."""
        run, bug = self.run(asked)
        return diagnosis(run, _arm(bug), self.measures())

    def choices(self, asked: Variant) -> list[FilledOption]:
        said, labels = self._said(asked), self.labels(asked)
        return [FilledOption(id_, labels[id_], said[id_]["said"], said[id_]["right"]) for id_ in self.among]

    def labels(self, asked: Variant) -> dict[str, str]:
        titles = {id_: title(_arm(id_)) for id_ in self.among}
        return {id_: words[0].upper() + words[1:] for id_, words in titles.items()}

    def _said(self, asked: Variant) -> dict[str, dict[str, Any]]:
        run, bug = self.run(asked)
        return {id_: option(run, _arm(bug), _arm(id_), self.measures()) for id_ in self.among}

    def grade(self, asked: Variant, given: object) -> Grade:
        return replace(super().grade(asked, given), lit=str(self._said(asked)[str(given)]["lit"] or ""))

    def field(self, asked: Variant, learner: str) -> dict[str, Any]:
        return {"rows": self.rows(asked), **super().field(asked, learner)}

    def to_gift(self, asked: Variant) -> Gift | None:
        gift = super().to_gift(asked)
        return gift and Gift(gift.lines, gift.feedback, below=table_html(HEADS, self.rows(asked)))

    def to_anki(self, asked: Variant) -> Flashcard | None:
        card = super().to_anki(asked)
        return card and Flashcard(table_html(HEADS, self.rows(asked)) + card.front, card.back)


def _arm(id_: str) -> str:
    return "" if id_ == NONE else id_
