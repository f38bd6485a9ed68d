"""Numbers of the lessons, recomputed by checks from formulas, shipped files and recordings.

A claim names a check with its arguments. Probabilities and accuracies of checks that end in a network's answer are in
percent, differences in percentage points, entropies in bits. A check is any function of a module of
`app.teaching.checks` that `check` registers.
"""

import inspect
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from pydantic import Field, model_validator

from app.catalog.rounding import rounded
from app.teaching import checks
from app.teaching.checks.registry import CHECKS, Value
from app.teaching.plain import ClaimError, Plain

__all__ = ["CHECKS", "Claim", "ClaimError", "Value", "in_words", "measured", "value"]

for _module in iter_modules(checks.__path__):
    import_module(f"{checks.__name__}.{_module.name}")


_signature = cache(inspect.signature)


class Claim(Plain):
    """A number of a lesson. check: one of `CHECKS`; args: what it is asked. digits: decimals in the text; percent: the
    text has a hundred times the value; pick: which of several values.
    """

    check: str
    args: dict[str, Any] = Field(default_factory=dict)
    digits: int = Field(default=0, ge=0, le=6)
    percent: bool = False
    pick: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, fields: Any) -> Any:
        """Take what is no field for an argument of the check."""
        if not isinstance(fields, dict) or "args" in fields:
            return fields
        own = {name: value for name, value in fields.items() if name in cls.model_fields}
        return own | {"args": {name: value for name, value in fields.items() if name not in own}}


def measured(claim: Claim) -> bool:
    """True if a claim's number comes from trained networks, not from what is declared or can be computed."""
    return claim.check in CHECKS and CHECKS[claim.check].source == "model"


def value(claim: Claim) -> Value:
    """The present value of a claim. Raises ClaimError."""
    check = CHECKS.get(claim.check)
    if check is None:
        raise ClaimError(f"there is no check “{claim.check}”: use one of {', '.join(sorted(CHECKS))}")
    signature = _signature(check.answer)
    try:
        signature.bind(**claim.args)
    except TypeError as error:
        wanted = ", ".join(signature.parameters) or "nothing"
        raise ClaimError(f"{claim.check} is asked for {wanted}: {error}") from error
    try:
        answer = check.answer(**claim.args)
        if claim.pick is not None:
            if not isinstance(answer, list):
                raise ValueError("it has one value only: take “pick” out")
            answer = answer[claim.pick]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OSError) as error:
        raise ClaimError(f"{claim.check} cannot answer that: {error}") from error
    if not claim.percent:
        return answer
    if isinstance(answer, str):
        raise ClaimError(f"{claim.check} answers in words, which have no percent: take “percent” out")
    return [100 * one for one in answer] if isinstance(answer, list) else 100 * answer


def in_words(claim: Claim) -> str:
    """A claim as the text has it: "0.506", "1,000", "−3.7", or its words. Raises ClaimError."""
    answer = value(claim)
    if isinstance(answer, list):
        raise ClaimError(f"{claim.check} answers with {len(answer)} values: choose one of them with “pick”")
    if isinstance(answer, str):
        return answer
    text = rounded(abs(answer), claim.digits, grouped=True)
    return f"−{text}" if answer < 0 and float(text.replace(",", "")) else text
