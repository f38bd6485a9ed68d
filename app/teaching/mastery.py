"""A learner's mastery of an objective, from their answers.

Each of an objective's questions begins at 0, and every answer that counts (the first of a session, to the present
version: see memory.py) closes half of the gap to what it shows: 1 for a right answer, its score for a partly right one,
0 for a wrong one. A right guess shows a half, and takes nothing away. The objective has the mean of its questions.

So nothing is secure by one good hour or one lucky press: a question has to be right at two different sessions, with
other numbers if it has some, and most of an objective's questions have to be. Nor is it lost by one slip.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.store.answers import Answer
from app.teaching.spaced_repetition import Key, by_question, counted

SECURE, NEARLY = 0.7, 0.4
GUESSED = 0.5  # what a right guess shows


@dataclass(frozen=True)
class Level:
    """A stage of mastery. steps: how much of its shape is filled, of `STEPS`."""

    words: str
    steps: int
    says: str


STEPS = 3
LEVELS = {
    "new": Level("not asked yet", 0, "No question about it was answered."),
    "begun": Level("begun", 1, "Some of its questions are open, or were missed."),
    "found": Level("right in the end", 2, "Every question was right, some of them at the second try."),
    "nearly": Level("right", 2, "Most of it was right at the first try. Another day will show whether it stays."),
    "secure": Level("secure", 3, "Most of it was right on two days or more, and not by guessing."),
}


@dataclass(frozen=True)
class Mastery:
    """Of one objective. value: 0 … 1; answered, right: how many of its questions have an answer, and how many were
    right when they were asked last, at the second try perhaps; questions: how many there are.
    """

    value: float
    answered: int
    right: int
    questions: int

    @property
    def level(self) -> Level:
        """The stage in words."""
        if not self.answered:
            return LEVELS["new"]
        if self.value >= NEARLY:
            return LEVELS["secure" if self.value >= SECURE else "nearly"]
        return LEVELS["found" if self.right == self.questions else "begun"]


def mastery(answers: Iterable[Answer], versions: Mapping[Key, int]) -> Mastery:
    """The mastery of what these questions ask. versions: the present ones of one objective's questions."""
    mine = by_question(answers)
    now = {key: [one for one in mine.get(key, ()) if one.v == version] for key, version in versions.items()}
    values = [shown_by(given) for given in now.values()]
    right = sum(given[-1].score == 1 for given in now.values() if given)
    value = sum(values) / len(values) if values else 0.0
    return Mastery(value, sum(map(bool, now.values())), right, len(versions))


def shown_by(given: Sequence[Answer]) -> float:
    """The mastery that answers to one question show, 0 … 1. given: to one version of it, in their order."""
    value = 0.0
    for answer in counted(given):
        guessed = answer.sure == "guess" and answer.score == 1
        value = max(value, (value + GUESSED) / 2) if guessed else (value + answer.score) / 2
    return value
