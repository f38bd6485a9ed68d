"""Numbers of the lessons, recomputed: from formulas, shipped files, recorded runs. Knows no page and no torch.

A claim names one of `CHECKS` with its arguments. Probabilities and accuracies of checks that end in a network's answer
are in percent, differences in percentage points, entropies in bits.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from app.catalog import CONTROLS, STUDENTS, data_sets, teachers
from app.experiments import recorded
from app.experiments.outcome import of_recorded
from app.experiments.ranking import log_softmax, most_ambiguous
from app.experiments.recorded_sweeps import recorded_sweeps
from app.experiments.spec import shown
from app.experiments.verdict import half_width
from app.teaching.gradients import gradient_at, gradient_ratio, limit_distance, typical_distance, typical_ratio
from app.teaching.plain import Plain
from app.teaching.similarity import likeness, mean_soft_labels, members, tree
from app.teaching.what_costs import cost_number, cost_ratio, run_kept

Value = float | list[float] | str
Floats = npt.NDArray[np.float64]


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


class ClaimError(ValueError):
    """A claim that cannot be computed: a sentence that says why."""


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


# ── formulas ─────────────────────────────────────────────────────────────────────────────────────────────────────


def softmax(logits: Sequence[float], temperature: float = 1) -> list[float]:
    """All probabilities, 0 … 1. temperature: > 0. Raises ValueError."""
    return [float(one) for one in _softmax(np.asarray(logits, np.float64), temperature)]


def softmax_top(logits: Sequence[float], temperature: float = 1) -> float:
    """The largest probability, 0 … 1."""
    return max(softmax(logits, temperature))


def softmax_entropy(logits: Sequence[float], temperature: float = 1) -> float:
    """Bits."""
    return _entropy(np.asarray(softmax(logits, temperature)))


def entropy_limit(classes: int) -> float:
    """The most that an answer over so many classes can have, in bits."""
    return float(np.log2(classes))


def _softmax(logits: npt.NDArray[Any], temperature: float) -> Floats:
    if not temperature > 0:
        raise ValueError(f"temperature must be > 0, got {temperature}")
    found: Floats = np.exp(log_softmax(logits.astype(np.float64) / temperature))
    return found


def _entropy(probabilities: Floats) -> float:
    known = probabilities[probabilities > 0]
    return float(-(known * np.log2(known)).sum())


# ── what the shipped teachers say about the test images that come along ──────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class TeacherAnswers:
    """Logits (shown, classes) of a teacher, the labels of these test images, and the classes' names."""

    logits: npt.NDArray[np.float16]
    labels: tuple[int, ...]
    classes: tuple[str, ...]


def teacher_answers(data: str) -> TeacherAnswers:
    """What the finished teacher of `data` says. Raises ClaimError where that is missing or damaged."""
    run = next((run for run in recorded.recorded_for(data) if run.spec.teacher == data), None)
    if run is None:
        raise ClaimError(f"The teacher’s answers about {shown(data)} are missing. Get a fresh copy of the app.")
    try:
        return TeacherAnswers(run.answers().teacher, run.labels, run.classes)
    except ValueError as error:
        raise ClaimError(str(error)) from error


def teacher_says(data: str, image: int, temperature: float = 1) -> list[float]:
    """All probabilities of one test image, in percent."""
    return [100 * one for one in softmax(teacher_answers(data).logits[_at(image)].tolist(), temperature)]


def teacher_top(data: str, image: int, temperature: float = 1) -> float:
    """How sure the teacher is of its answer, in percent."""
    return max(teacher_says(data, image, temperature))


def teacher_share(data: str, image: int, of: str, temperature: float = 1) -> float:
    """What one class gets, in percent. of: the class’s name."""
    return teacher_says(data, image, temperature)[_class(data, of)]


def teacher_ratio(data: str, image: int, of: str, to: str, temperature: float = 1) -> float:
    """How many times as much one class gets as another."""
    return teacher_share(data, image, of, temperature) / teacher_share(data, image, to, temperature)


def teacher_choice(data: str, image: int, place: int = 1) -> str:
    """The name of the class in this place of the teacher’s answer, from 1."""
    order = np.argsort(-teacher_answers(data).logits[_at(image)].astype(np.float64), kind="stable")
    return teacher_answers(data).classes[int(order[_at(place - 1)])]


def teacher_entropy(data: str, image: int, temperature: float = 1) -> float:
    """Bits."""
    return softmax_entropy(teacher_answers(data).logits[_at(image)].tolist(), temperature)


def image_label(data: str, image: int) -> str:
    """The name of an image’s label."""
    answers = teacher_answers(data)
    return answers.classes[answers.labels[_at(image)]]


def least_sure(data: str, place: int = 1) -> float:
    """The number of the test image over which the teacher hesitates most, by entropy; place: from 1."""
    return float(most_ambiguous(teacher_answers(data).logits)[_at(place - 1)])


def surer_than(data: str, than: float) -> float:
    """Of how many test images the teacher’s answer has more than so many percent."""
    tops = _softmax(teacher_answers(data).logits, 1).max(axis=-1)
    return float((100 * tops > than).sum())


def less_sure_than(data: str, than: float) -> float:
    """Of how many test images the teacher’s answer has less than so many percent."""
    tops = _softmax(teacher_answers(data).logits, 1).max(axis=-1)
    return float((100 * tops < than).sum())


def teacher_wrong(data: str) -> float:
    """Of how many of these test images the teacher’s answer is not the label."""
    return float((teacher_answers(data).logits.argmax(axis=-1) != np.asarray(teacher_answers(data).labels)).sum())


def images_shown(data: str) -> float:
    """Of how many test images the teacher’s answers come along."""
    return float(len(teacher_answers(data).logits))


def mean_share(data: str, of: str, to: str, temperature: float = 1) -> float:
    """What class `to` gets on average over the images of class `of`, in percent."""
    return 100 * float(_mean_soft(data, temperature)[_class(data, of), _class(data, to)])


def mean_ratio(data: str, of: str, more: str, less: str, temperature: float = 1) -> float:
    """How many times as much one class gets as another, on average over the images of class `of`."""
    return mean_share(data, of, more, temperature) / mean_share(data, of, less, temperature)


def most_like(data: str, of: str, temperature: float = 1, place: int = 1) -> str:
    """The other class that gets most on average over the images of class `of`; place: from 1."""
    row = _mean_soft(data, temperature)[_class(data, of)].copy()
    row[_class(data, of)] = -1
    return teacher_answers(data).classes[int(np.argsort(-row, kind="stable")[_at(place - 1)])]


def most_alike(data: str, temperature: float = 1) -> str:
    """The two classes that the teacher thinks most alike, "4 and 9"."""
    alike = likeness(_mean_soft(data, temperature))
    np.fill_diagonal(alike, -1)
    first, second = sorted(int(one) for one in np.unravel_index(int(alike.argmax()), alike.shape))
    names = teacher_answers(data).classes
    return f"{names[first]} and {names[second]}"


def overlap(data: str, of: str, to: str, temperature: float = 1) -> float:
    """How much of the mean soft labels of two classes overlaps, in percent."""
    return 100 * float(likeness(_mean_soft(data, temperature))[_class(data, of), _class(data, to)])


def first_split(data: str, of: str, temperature: float = 1) -> str:
    """The classes beside `of` when the tree falls into two: "automobile, ship and truck"."""
    classes = teacher_answers(data).classes
    joins = tree(likeness(_mean_soft(data, temperature)))
    halves = (members(joins, len(classes), branch) for branch in (joins[-1].first, joins[-1].second))
    half = next(half for half in halves if _class(data, of) in half)
    names = [classes[label] for label in sorted(half) if classes[label] != of]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _mean_soft(data: str, temperature: float) -> Floats:
    answers = teacher_answers(data)
    return mean_soft_labels(answers.logits, answers.labels, len(answers.classes), temperature)


def _class(data: str, name: str) -> int:
    classes = teacher_answers(data).classes
    if name not in classes:
        raise ValueError(f"there is no class “{name}” in {data}; there are {', '.join(classes)}")
    return classes.index(name)


def _at(position: int) -> int:
    if position < 0:
        raise ValueError(f"a position must be ≥ 0, got {position}")
    return position


# ── what recorded runs and sweeps found ──────────────────────────────────────────────────────────────────────────


def _run(run: str) -> recorded.Recorded:
    known = recorded.recorded_runs()
    if run not in known:
        raise ValueError(f"there is no recorded run “{run}”; there are {', '.join(known)}")
    return known[run]


def _accuracies(run: str, arm: str) -> tuple[float, ...]:
    found = of_recorded(_run(run)).arm(arm)
    if found is None:
        raise ValueError(f"{run} has no arm “{arm}”: say labels or distilled")
    return found[1]


def run_accuracy(run: str, arm: str) -> float:
    """Mean over the seeds at the end of a recorded run, in percent. arm: labels or distilled."""
    return 100 * fmean(_accuracies(run, arm))


def run_gain(run: str) -> float:
    """How much better the distilled students are than labels only, in points, mean of the pairs."""
    return 100 * fmean(_gaps(run))


def run_gain_half(run: str) -> float:
    """Half the 95% t-interval of these differences, in points."""
    return 100 * half_width(_gaps(run))


def run_interval(run: str) -> list[float]:
    """Both ends of the 95% t-interval of these differences, in points."""
    return [run_gain(run) - run_gain_half(run), run_gain(run) + run_gain_half(run)]


def _gaps(run: str) -> list[float]:
    # Counts over test images: rounding takes float32's noise away, as `verdict` does.
    pairs = zip(_accuracies(run, "distilled"), _accuracies(run, "labels"), strict=True)
    return [round(taught - plain, 6) for taught, plain in pairs]


def run_verdict(run: str) -> str:
    """What a recorded run found, as the page says it."""
    said = of_recorded(_run(run)).verdict
    if said is None:
        raise ValueError(f"{run} has no verdict")
    return said.sentence


def run_curve(run: str, arm: str, at: list[float]) -> list[float]:
    """Accuracy in percent, mean over the seeds, at these updates, between two tests on a straight line."""
    kept = _run(run)
    row = next((row for row, one in enumerate(kept.spec.arms) if one.role == arm), None)
    if row is None:
        raise ValueError(f"{run} has no arm “{arm}”: say labels or distilled")
    updates = [float(event["update"]) for event in kept.events if "accuracy" in event]
    means = [100 * fmean(event["accuracy"][row]) for event in kept.events if "accuracy" in event]
    return [float(one) for one in np.interp(at, updates, means)]


def run_number(run: str, of: str) -> float:
    """A number of a recorded run: seeds, labels, test_images, updates, epochs, temperature, alpha, seconds."""
    kept = _run(run)
    known: dict[str, Any] = kept.spec.settings() | {
        "seeds": len(kept.spec.seeds),
        "test_images": kept.test_images,
        "updates": kept.updates,
        "seconds": kept.seconds,
        "teacher_accuracy": 100 * kept.teacher_accuracy,
    }
    if not isinstance(known.get(of), int | float):
        raise ValueError(f"a recorded run has no number “{of}”")
    return float(known[of])


def student_share(run: str, image: int, of: str, update: int, temperature: float = 1) -> float:
    """What a class gets from the first distilled student of a recorded run, in percent, at the moment near `update`."""
    return 100 * float(_softmax(_student(run, image, update), temperature)[_class(_run(run).spec.data, of)])


def stepped_share(
    run: str, image: int, of: str, update: int, parts: str, temperature: float = 1, steps: int = 1
) -> float:
    """The same at T = 1 after gradient steps of rate 1 on the logits themselves, with one loss alone: hard or soft."""
    kept, logits = _run(run), _student(run, image, update)
    label = np.eye(logits.size)[kept.labels[image]]
    targets = _softmax(kept.answers().teacher[image], temperature)
    slopes: dict[str, Callable[[Floats], Floats]] = {
        "hard": lambda z: _softmax(z, 1) - label,
        "soft": lambda z: temperature * (_softmax(z, temperature) - targets),
    }
    if parts not in slopes:
        raise ValueError(f"parts must be hard or soft, got {parts}")
    for _ in range(steps):
        logits = logits - slopes[parts](logits)
    return 100 * float(_softmax(logits, 1)[_class(kept.spec.data, of)])


def _student(run: str, image: int, update: int) -> Floats:
    """(classes,), of the student of the first seed."""
    said = _run(run).answers()
    moment = min(range(len(said.moments)), key=lambda one: abs(said.moments[one] - update))
    arm = [one.role for one in _run(run).spec.arms].index("distilled")
    found: Floats = said.students[moment, arm, 0, _at(image)].astype(np.float64)
    return found


def _sweep_points(sweep: str, at: Sequence[Any]) -> list[float]:
    known = recorded_sweeps()
    if sweep not in known:
        raise ValueError(f"there is no recorded sweep “{sweep}”; there are {', '.join(known)}")
    found = known[sweep].found().get(tuple(at))
    if found is None or found.accuracy is None or len(found.accuracy) != 2:
        raise ValueError(f"{sweep} has no comparison at {list(at)}")
    plain, taught = found.accuracy
    return [100 * round(one - other, 6) for one, other in zip(taught, plain, strict=True)]


def sweep_gain(sweep: str, at: list[Any]) -> float:
    """The gain of one cell of a recorded sweep, in points. at: its place on each axis."""
    return fmean(_sweep_points(sweep, at))


def sweep_gain_half(sweep: str, at: list[Any]) -> float:
    """Half the 95% t-interval of the gain of one cell."""
    return half_width(_sweep_points(sweep, at))


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
        softmax,
        softmax_top,
        softmax_entropy,
        entropy_limit,
        teacher_says,
        teacher_top,
        teacher_share,
        teacher_ratio,
        teacher_choice,
        teacher_entropy,
        image_label,
        least_sure,
        surer_than,
        less_sure_than,
        teacher_wrong,
        images_shown,
        mean_share,
        mean_ratio,
        most_like,
        most_alike,
        overlap,
        first_split,
        gradient_at,
        gradient_ratio,
        typical_ratio,
        limit_distance,
        typical_distance,
        run_accuracy,
        run_gain,
        run_gain_half,
        run_interval,
        run_verdict,
        run_curve,
        run_number,
        run_kept,
        cost_number,
        cost_ratio,
        student_share,
        stepped_share,
        sweep_gain,
        sweep_gain_half,
        student_parameters,
        teacher_parameters,
        teacher_accuracy,
        data_number,
        control_number,
    )
}
