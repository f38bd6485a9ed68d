"""Questions with options to choose from: what the kinds single, multiple and bug have in common."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field, model_validator

from app.teaching.claims import Claim
from app.teaching.grading import Grade, Key, given_one, one_value
from app.teaching.markup import escaped, html_of, list_html
from app.teaching.plain import ClaimError, Plain
from app.teaching.prose import phrase
from app.teaching.question import Flashcard, Gift, Id, Question, Words
from app.teaching.variants import Variant, in_order_of

MOST_OPTIONS = 4  # the linter asks for three at most that are plausible
_EVASIVE = re.compile(r"\b(all|none|both|neither) of (the|these) above\b|\ball of these\b|\bnone of these\b", re.I)


@dataclass(frozen=True)
class FilledOption:
    """An option with its numbers filled in."""

    id: str
    text: str
    feedback: str
    right: bool


class ChoiceQuestion(Question):
    """The base of kinds whose options the learner chooses from; one of them is right."""

    @abstractmethod
    def choices(self, asked: Variant) -> list[FilledOption]:
        """The options, in the file's order. Raises ClaimError."""

    def correct(self, asked: Variant) -> list[str]:
        """The ids of the options that are right. Raises ClaimError."""
        return [choice.id for choice in self.choices(asked) if choice.right]

    def key(self, asked: Variant) -> Key:
        correct = self.correct(asked)
        if len(correct) != 1:
            raise ClaimError(f"{len(correct)} options are what the key says: mend what they stand for")
        return correct[0]

    def grade(self, asked: Variant, given: object) -> Grade:
        choices = self.choices(asked)
        chosen, key = given_one(given, [choice.id for choice in choices]), self.key(asked)
        return Grade(float(chosen == key), "", {choice.id: choice.feedback for choice in choices}, key)

    def field(self, asked: Variant, learner: str) -> dict[str, Any]:
        said = self.labels(asked)
        ids = in_order_of(learner, self, list(said), asked.turn)
        return {"options": [{"id": id_, "html": phrase(said[id_]).html} for id_ in ids]}

    def labels(self, asked: Variant) -> dict[str, str]:
        """The words of the options by id, without what says which is right. Raises ClaimError."""
        return {choice.id: choice.text for choice in self.choices(asked)}

    def to_gift(self, asked: Variant) -> Gift | None:
        lines = (
            f"{self.gift_sign(asked, choice)}{escaped(html_of(choice.text))}#{escaped(html_of(choice.feedback))}"
            for choice in self.choices(asked)
        )
        return Gift(tuple(lines), self.explain)

    def gift_sign(self, asked: Variant, choice: FilledOption) -> str:
        """The sign before an option."""
        return "=" if choice.right else "~"

    def to_anki(self, asked: Variant) -> Flashcard | None:
        choices = {choice.id: choice for choice in self.choices(asked)}
        mixed = [html_of(choices[id_].text) for id_ in in_order_of("", self, list(choices))]
        right = [choice for choice in choices.values() if choice.right]
        said = [f"<b>{html_of(choice.text)}</b>. {html_of(choice.feedback)}" for choice in right]
        return Flashcard(list_html("ul", mixed), said[0] if len(said) == 1 else list_html("ul", said))


class Option(Plain):
    """One answer to choose. feedback: what is said of it, whether it was chosen or not. correct: if no check says so;
    stands_for: what it stands for, if a `key` does.
    """

    id: Id
    text: Words
    feedback: Words
    correct: bool = False
    stands_for: Claim | float | str | None = None


class OptionQuestion(ChoiceQuestion):
    """The base of kinds whose options stand in the file. key: the check that says which is right, within `within`."""

    options: tuple[Option, ...] = Field(min_length=2, max_length=MOST_OPTIONS)
    key_check: Claim | None = Field(default=None, alias="key")
    within: float = Field(default=0, ge=0)

    most_plausible: ClassVar[int] = MOST_OPTIONS

    @model_validator(mode="after")
    def _keyed(self) -> OptionQuestion:
        if len({option.id for option in self.options}) < len(self.options):
            raise ValueError("its options need ids that differ")
        for option in self.options:
            if (option.stands_for is None) != (self.key_check is None):
                raise ValueError(
                    f"option {option.id}: “stands_for” belongs to a question with a “key”, and to no other"
                )
            if self.key_check is not None and option.correct:
                raise ValueError(f"option {option.id}: the key says what is correct: take “correct” out")
        return self

    def texts(self) -> dict[str, str]:
        texts = super().texts()
        for option in self.options:
            texts |= {f"option {option.id}": option.text, f"feedback of {option.id}": option.feedback}
        return texts

    def labels(self, asked: Variant) -> dict[str, str]:
        return {option.id: asked.text(option.text) for option in self.options}

    def choices(self, asked: Variant) -> list[FilledOption]:
        key = None if self.key_check is None else one_value(asked.value(self.key_check))
        return [
            FilledOption(
                option.id,
                asked.text(option.text),
                asked.text(option.feedback),
                option.correct if key is None or option.stands_for is None else self._is(option.stands_for, key, asked),
            )
            for option in self.options
        ]

    def _is(self, meant: Claim | float | str, key: str | float, asked: Variant) -> bool:
        """Whether what an option stands for is the key."""
        if isinstance(meant, Claim):
            value = one_value(asked.value(meant))
        else:
            value = asked.text(meant) if isinstance(meant, str) else meant
        if isinstance(value, str) or isinstance(key, str):
            return value == key
        return abs(value - key) <= self.within

    def faults(self, asked: Variant) -> Iterator[str]:
        for option in self.options:
            if _EVASIVE.search(option.text):
                yield f"option {option.id}: “{option.text}” tests reading, no idea: write an answer of its own"
        if len(self.options) > self.most_plausible:
            yield f"{len(self.options)} options are more than anyone finds plausible: keep {self.most_plausible}"
        if len(set(self.labels(asked).values())) < len(self.options):
            yield "two of its options read the same: make them differ"
