"""Give a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from app.teaching.claims import Claim
from app.teaching.grading import Grade, given_number, one_number
from app.teaching.markup import escaped, html_of
from app.teaching.plain import Plain
from app.teaching.question import Flashcard, Gift, VerdictQuestion, Words
from app.teaching.variants import Variant


class Trap(Plain):
    """A number that a misconception leads to, and what is said to whoever gives it."""

    value: Claim
    feedback: Words


class Numeric(VerdictQuestion):
    """A number. within: how far off is still right, in `unit`."""

    kind: Literal["numeric"]
    answer: Claim
    within: float = Field(gt=0)
    unit: str = ""
    traps: tuple[Trap, ...] = Field(min_length=1)

    def texts(self) -> dict[str, str]:
        return super().texts() | {f"trap {number}": trap.feedback for number, trap in enumerate(self.traps, 1)}

    def key(self, asked: Variant) -> float:
        return one_number(asked.value(self.answer))

    def grade(self, asked: Variant, given: object) -> Grade:
        number, key = given_number(given), self.key(asked)
        grade = self.judged(asked, float(abs(number - key) <= self.within), key)
        for trap in self.traps:
            if not grade.right and abs(number - one_number(asked.value(trap.value))) <= self.within:
                caught = asked.text(trap.feedback)
                return replace(grade, said=f"{caught} {grade.said}", nudge=caught)
        return grade

    def field(self, asked: Variant, learner: str) -> dict[str, Any]:
        return {"unit": self.unit}

    def to_gift(self, asked: Variant) -> Gift | None:
        def line(credit: str, value: float, feedback: str) -> str:
            return f"={credit}{value:.6g}:{self.within:g}#{escaped(html_of(asked.text(feedback)))}"

        traps = (line("%0%", one_number(asked.value(trap.value)), trap.feedback) for trap in self.traps)
        lines = (line("", self.key(asked), self.right), *traps)
        return Gift(lines, f"{self.wrong} {self.explain}", opening="#")

    def to_anki(self, asked: Variant) -> Flashcard | None:
        number = f"{self.key(asked):.3g}".replace("-", "−")
        unit = f"{'' if self.unit == '%' else ' '}{html_of(asked.text(self.unit))}" if self.unit else ""
        return Flashcard("", f"<b>{number}{unit}</b>. {html_of(asked.text(self.right))}")

    def faults(self, asked: Variant) -> Iterator[str]:
        for number, trap in enumerate(self.traps, 1):
            value = asked.value(trap.value)
            if abs(one_number(value) - self.key(asked)) <= 2 * self.within:
                yield f"trap {number} leads to {value}, which is right or nearly: change the trap or “within”"
