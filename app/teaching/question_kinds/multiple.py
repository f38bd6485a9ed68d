"""Choose every option that is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import model_validator

from app.teaching.grading import Grade, Key, given_ids
from app.teaching.options import FilledOption, OptionQuestion
from app.teaching.question import Flashcard
from app.teaching.variants import Variant


class Multiple(OptionQuestion):
    """Any number of options are right, at least one. Each that is rightly chosen, or rightly left, is a part of the
    credit; choosing all of them says nothing, and gets none.
    """

    kind: Literal["multiple"]

    @model_validator(mode="after")
    def _some(self) -> Multiple:
        if self.key_check is not None:
            raise ValueError("several may be right: mark them as correct instead of giving a key")
        if not any(option.correct for option in self.options):
            raise ValueError("at least one option must be correct")
        return self

    def key(self, asked: Variant) -> Key:
        return self.correct(asked)

    def grade(self, asked: Variant, given: object) -> Grade:
        choices, key = self.choices(asked), self.correct(asked)
        chosen = set(given_ids(given, [choice.id for choice in choices]))
        judged = len(choices) - len(chosen ^ set(key))
        score = 0.0 if len(chosen) == len(choices) else judged / len(choices)
        return Grade(score, "", {choice.id: choice.feedback for choice in choices}, key)

    def gift_sign(self, asked: Variant, choice: FilledOption) -> str:
        share = 100 / len(self.correct(asked))  # of the credit, with which a wrong choice is paid back
        return f"~%{share if choice.right else -share:.7g}%"

    def to_anki(self, asked: Variant) -> Flashcard | None:
        card = super().to_anki(asked)
        return card and Flashcard(f" (One or more.){card.front}", card.back)

    def faults(self, asked: Variant) -> Iterator[str]:
        yield from super().faults(asked)
        if len(self.correct(asked)) == len(self.options):
            yield "all of its options are right: add one that is not"
