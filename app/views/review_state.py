"""The state of the page of reviews in one browser tab: which question is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.experiments.spec import shown
from app.store import Answer
from app.teaching.lessons import lessons, moved
from app.teaching.review_session import MOST
from app.teaching.spaced_repetition import Key
from app.views.address import PageState

REVIEW_STATE = "review"  # in the session
LESSON_KEY, QUESTION_KEY, AFTER_KEY, MOST_KEY, PRACTICE_KEY = "lesson", "question", "after", "sitting", "practice"
_KEYS = (LESSON_KEY, QUESTION_KEY, AFTER_KEY, MOST_KEY, PRACTICE_KEY)
_MOST_EVER = 1000  # more answers to one question, or questions of a sitting, than anybody gives


@dataclass
class ReviewState(PageState):
    """Ids of the question that is shown, "" if none is. after: how many answers it had when it was posed, None if
    that is not known; most: questions of this sitting; practice: nothing is due, and the learner practises.

    put_off: what the learner did not want to be asked now; answers: of a visitor whose browser sends no cookie; of: the
    lesson that they practise, "" for all. led: a press outside of the question led to it.
    """

    lesson: str = ""
    question: str = ""
    after: int | None = None
    most: int = MOST
    practice: bool = False
    put_off: set[Key] = field(default_factory=set)
    answers: list[Answer] = field(default_factory=list)
    of: str = ""
    led: bool = False

    @property
    def key(self) -> Key:
        """The question that is shown."""
        return self.lesson, self.question

    def pose(self, key: Key, after: int) -> None:
        """Show a question."""
        (self.lesson, self.question), self.after = key, after

    def clear(self) -> None:
        """Show none, so that the page looks for the next one."""
        self.lesson, self.question, self.after = "", "", None

    def query(self) -> dict[str, str]:
        """The address of this state."""
        query = {LESSON_KEY: self.lesson, QUESTION_KEY: self.question} if self.question else {}
        query |= {AFTER_KEY: str(self.after)} if self.question and self.after is not None else {}
        query |= {MOST_KEY: str(self.most)} if self.most != MOST else {}
        return query | ({PRACTICE_KEY: "1"} if self.practice else {})


def open_address(params: Mapping[str, str], before: ReviewState | None) -> ReviewState:
    """The state that an address describes. Never raises for what is in it: problems become sentences."""
    tab = ReviewState(put_off=before.put_off, answers=before.answers, of=before.of) if before else ReviewState()
    for name in sorted(params.keys() - set(_KEYS)):
        tab.problems.append(f"The address has a setting that does not exist, {shown(name)}; it is left out.")
    tab.lesson, tab.question = params.get(LESSON_KEY, ""), params.get(QUESTION_KEY, "")
    tab.lesson = moved(lessons().values()).get(tab.key, tab.lesson)
    tab.after = _number(params.get(AFTER_KEY))
    tab.practice = params.get(PRACTICE_KEY) == "1"
    most = params.get(MOST_KEY)
    if most is not None:
        number = _number(most)
        if number is None or number % MOST or not number:
            tab.problems.append(f"The address asks for a sitting of {shown(most)} questions; here are {MOST}.")
        else:
            tab.most = number
    return tab


def _number(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 4:
        return None
    return min(int(text), _MOST_EVER)
