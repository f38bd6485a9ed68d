"""The registry of checks: each recomputes a number of the lessons, and registers where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeVar

Value = float | list[float] | str
Source = Literal["model", "formula", "catalog", "paper"]

Function = TypeVar("Function", bound=Callable[..., Value])


@dataclass(frozen=True)
class Check:
    """A function that answers a claim.

    source: what its answer comes from: trained networks, arithmetic, what is declared, or a publication.
    """

    answer: Callable[..., Value]
    source: Source


_CHECKS: dict[str, Check] = {}
CHECKS: Mapping[str, Check] = MappingProxyType(_CHECKS)  # by the name that a claim gives


def check(*, source: Source) -> Callable[[Function], Function]:
    """Register a function under its name. Raises ValueError if there is another one of that name."""

    def register(function: Function) -> Function:
        known = _CHECKS.get(function.__name__)
        if known and known.answer.__module__ != function.__module__:
            raise ValueError(f"two checks are called {function.__name__}: rename one of them")
        _CHECKS[function.__name__] = Check(function, source)
        return function

    return register
