"""Choose the one option that is right."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from app.teaching.options import OptionQuestion


class Single(OptionQuestion):
    """One option is right."""

    kind: Literal["single"]
    most_plausible: ClassVar[int] = 3

    @model_validator(mode="after")
    def _one(self) -> Single:
        if self.key_check is None and sum(option.correct for option in self.options) != 1:
            raise ValueError("exactly one option must be correct")
        return self
