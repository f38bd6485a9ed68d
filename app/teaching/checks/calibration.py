"""How well students know when they are right, before and after temperature scaling, as numbers of lessons."""

from statistics import fmean
from typing import Any

from app.experiments.recordings import Recording, named
from app.teaching.checks.registry import check

UNITS = {"ece": 100.0, "nll": 1.0}  # ECE in points, cross-entropy in nats


def _of_seeds(run: str, arm: str, name: str) -> list[float]:
    """A value at the end of a recording's first run, for each seed: of its first arm of a role."""
    first = named(Recording, run).runs[0]
    roles = [str(one.role) for one in first.spec.arms]
    if arm not in roles:
        raise ValueError(f"{run} has no arm “{arm}”: say one of {', '.join(dict.fromkeys(roles))}")
    known: dict[str, Any] = first.end | first.end.get("arrays", {})
    if name not in known:
        raise ValueError(f"{run} does not tell {name.replace('_', ' ')}")
    values: list[float] = known[name][roles.index(arm)]
    return values


def _values(run: str, arm: str, of: str, scaled: bool) -> list[float]:
    if of not in UNITS:
        raise ValueError(f"of must be {' or '.join(UNITS)}, got {of}")
    return [UNITS[of] * value for value in _of_seeds(run, arm, f"scaled_{of}" if scaled else of)]


@check(source="model")
def calibration(run: str, arm: str, of: str, scaled: bool = False) -> float:
    """Calibration error (ece, in percent) or cross-entropy (nll, in nats): mean over the seeds. arm: its role.

    scaled: after temperature scaling on validation images.
    """
    return fmean(_values(run, arm, of, scaled))


@check(source="model")
def scaling_temperature(run: str, arm: str) -> float:
    """The temperature that fits a student's validation images best: mean over the seeds."""
    return fmean(_of_seeds(run, arm, "scaling_temperature"))
