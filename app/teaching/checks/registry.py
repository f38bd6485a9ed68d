"""The registry of checks: each recomputes a number of the lessons, and registers in the module that has it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType
from typing import Literal, ParamSpec, TypeVar

from app.experiments.paired import PairedDifference

Value = float | list[float] | str
Source = Literal["model", "formula", "catalog", "paper"]

P = ParamSpec("P")
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
        _register(function.__name__, function, source)
        return function

    return register


def check_difference(function: Callable[P, PairedDifference]) -> Callable[P, PairedDifference]:
    """Register a difference between trained networks, in points: its mean as NAME, its half width as NAME_half."""

    @wraps(function)
    def mean(*args: P.args, **kwargs: P.kwargs) -> float:
        return function(*args, **kwargs).mean

    @wraps(function)
    def half_width(*args: P.args, **kwargs: P.kwargs) -> float:
        return function(*args, **kwargs).half_width

    _register(function.__name__, mean, "model")
    _register(f"{function.__name__}_half", half_width, "model")
    return function


def number(known: Mapping[str, float], of: str) -> float:
    """One of these numbers. Raises ValueError, which names them, if there is none of that name."""
    if of not in known:
        raise ValueError(f"there is no number “{of}”: say one of {', '.join(known)}")
    return float(known[of])


def _register(name: str, answer: Callable[..., Value], source: Source) -> None:
    known = _CHECKS.get(name)
    if known and known.answer.__module__ != answer.__module__:
        raise ValueError(f"two checks are called {name}: rename one of them")
    _CHECKS[name] = Check(answer, source)
