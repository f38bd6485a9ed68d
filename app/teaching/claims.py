"""Numbers of the lessons, recomputed: from formulas, shipped files, recorded runs. Knows no page and no torch.

A claim names one of `CHECKS` with its arguments. Probabilities and accuracies of checks that end in a network's answer
are in percent, differences in percentage points, entropies in bits.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field, model_validator

from app.catalog.available import data_sets, teachers
from app.catalog.declared import BATCH, CONTROLS, STUDENTS
from app.teaching.checks import bugs as bug_found
from app.teaching.checks import labels as labels_found
from app.teaching.checks import left_out as unseen_found
from app.teaching.checks import runs as run_found
from app.teaching.checks import teacher_says
from app.teaching.checks.what_costs import cost_number, cost_ratio, energy_a_day, millions_for, run_kept, run_teacher
from app.teaching.gradients import (
    gradient_at,
    gradient_ratio,
    limit_distance,
    mixed_loss,
    power_of_ratio,
    soft_gradient_change,
    typical_distance,
    typical_ratio,
)
from app.teaching.plain import ClaimError, Plain

__all__ = ["CHECKS", "Claim", "ClaimError", "Value", "in_words", "value"]

Value = float | list[float] | str


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
        """What is no field is an argument of the check."""
        if not isinstance(fields, dict) or "args" in fields:
            return fields
        own = {name: value for name, value in fields.items() if name in cls.model_fields}
        return own | {"args": {name: value for name, value in fields.items() if name not in own}}


def value(claim: Claim) -> Value:
    """What a claim says now. Raises ClaimError."""
    check = CHECKS.get(claim.check)
    if check is None:
        raise ClaimError(f"there is no check “{claim.check}”: use one of {', '.join(CHECKS)}")
    try:
        inspect.signature(check).bind(**claim.args)
    except TypeError as error:
        wanted = ", ".join(inspect.signature(check).parameters) or "nothing"
        raise ClaimError(f"{claim.check} is asked for {wanted}: {error}") from error
    try:
        found = check(**claim.args)
        if claim.pick is not None:
            if not isinstance(found, list):
                raise ValueError("it has one value only: take “pick” out")
            found = found[claim.pick]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OSError) as error:
        raise ClaimError(f"{claim.check} cannot answer that: {error}") from error
    if not claim.percent:
        return found
    if isinstance(found, str):
        raise ClaimError(f"{claim.check} answers in words, which have no percent: take “percent” out")
    return [100 * one for one in found] if isinstance(found, list) else 100 * found


def in_words(claim: Claim) -> str:
    """A claim as the text has it: "0.506", "1,000", "−3.7", or its words. Raises ClaimError."""
    found = value(claim)
    if isinstance(found, list):
        raise ClaimError(f"{claim.check} answers with {len(found)} values: choose one of them with “pick”")
    if isinstance(found, str):
        return found
    text = f"{abs(found):,.{claim.digits}f}"
    return f"−{text}" if found < 0 and float(text.replace(",", "")) else text


# ── what the catalogue says ──────────────────────────────────────────────────────────────────────────────────────


def student_parameters(student: str, data: str = "mnist") -> float:
    """How many parameters a rung of the ladder has."""
    return float(STUDENTS[student].parameters(data_sets()[data]))


def teacher_parameters(teacher: str) -> float:
    """How many parameters a shipped teacher has."""
    return float(teachers()[teacher].parameters)


def teacher_accuracy(teacher: str) -> float:
    """Of a shipped teacher on the official test images, in percent."""
    return 100 * teachers()[teacher].accuracy


def teacher_images(teacher: str) -> float:
    """From how many labelled images a shipped teacher learnt."""
    return float(teachers()[teacher].record["trained_images"])


def batch_size() -> float:
    """Labelled images of an update."""
    return float(BATCH)


def data_number(data: str, of: str) -> float:
    """A number of a set of images: classes, pool, test, size, pixels."""
    known = data_sets()[data]
    numbers = {"classes": known.classes, "pool": known.pool, "test": known.test, "size": known.size}
    numbers["pixels"] = known.channels * known.size**2
    return float(numbers[of])


def control_number(control: str, of: str = "default") -> float:
    """A number of a control: default, low, high."""
    if of not in ("default", "low", "high"):
        raise ValueError(f"a control has no number “{of}”: say default, low or high")
    return float(getattr(CONTROLS[control], of))


CHECKS: Mapping[str, Callable[..., Value]] = {
    check.__name__: check
    for check in (
        teacher_says.softmax,
        teacher_says.softmax_top,
        teacher_says.softmax_entropy,
        teacher_says.entropy_limit,
        teacher_says.teacher_says,
        teacher_says.teacher_top,
        teacher_says.teacher_share,
        teacher_says.teacher_second,
        teacher_says.rest_share,
        teacher_says.teacher_ratio,
        teacher_says.teacher_choice,
        teacher_says.teacher_entropy,
        teacher_says.teacher_entropies,
        teacher_says.image_label,
        teacher_says.least_sure,
        teacher_says.least_sure_of,
        teacher_says.most_given_of,
        teacher_says.surer_than,
        teacher_says.less_sure_than,
        teacher_says.teacher_wrong,
        teacher_says.images_shown,
        teacher_says.mean_share,
        teacher_says.mean_ratio,
        teacher_says.most_like,
        teacher_says.most_alike,
        teacher_says.overlap,
        teacher_says.first_split,
        gradient_at,
        gradient_ratio,
        soft_gradient_change,
        power_of_ratio,
        mixed_loss,
        typical_ratio,
        limit_distance,
        typical_distance,
        run_found.run_accuracy,
        run_found.run_gain,
        run_found.run_gain_half,
        run_found.run_interval,
        run_found.run_verdict,
        run_found.run_finding,
        run_found.run_images,
        run_found.run_curve,
        run_found.run_number,
        run_kept,
        run_teacher,
        energy_a_day,
        millions_for,
        cost_number,
        cost_ratio,
        run_found.student_share,
        run_found.stepped_share,
        run_found.sweep_gain,
        run_found.sweep_gains,
        run_found.sweep_gain_half,
        labels_found.labels_accuracy,
        labels_found.labels_accuracies,
        labels_found.labels_first,
        labels_found.labels_times,
        labels_found.labels_looks,
        labels_found.labels_gain,
        labels_found.labels_gain_half,
        labels_found.labels_gain_after,
        labels_found.labels_gains,
        labels_found.labels_more,
        labels_found.labels_more_half,
        labels_found.labels_number,
        labels_found.labels_worth,
        labels_found.labels_until,
        labels_found.labels_half,
        labels_found.labels_half_half,
        labels_found.labels_half_most,
        unseen_found.never_shown,
        unseen_found.never_shown_half,
        unseen_found.never_shown_with,
        unseen_found.never_shown_under,
        unseen_found.never_shown_hot,
        unseen_found.needed_bias,
        unseen_found.never_shown_lowest,
        unseen_found.never_shown_highest,
        unseen_found.never_shown_at,
        unseen_found.never_shown_number,
        unseen_found.published,
        run_found.sweep_counted,
        run_found.sweep_top,
        run_found.sweep_chosen,
        run_found.sweep_place,
        run_found.sweep_best_alpha,
        run_found.by_chance,
        run_found.sweep_between,
        run_found.sweep_between_half,
        bug_found.bug_cost,
        bug_found.bug_cost_half,
        bug_found.bug_measure,
        bug_found.bug_effect,
        bug_found.bug_title,
        bug_found.bugs_counted,
        student_parameters,
        teacher_parameters,
        teacher_accuracy,
        teacher_images,
        batch_size,
        data_number,
        control_number,
    )
}
