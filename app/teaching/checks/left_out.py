"""What was recorded of students that never saw a class, as numbers of lessons: percent, counts and biases.

Beside it what others published of the same experiment, with the source. Knows no page and no torch.
"""

from __future__ import annotations

from statistics import fmean
from typing import cast, get_args

import numpy as np

from app.experiments.left_out import Images
from app.experiments.paired import half_width
from app.experiments.recordings.left_out import Measured, Scores, recorded_unseen

# Hinton, Vinyals, Dean 2015, section 3: 800-unit students of all of MNIST without a 3, temperature 20.
PUBLISHED = {
    "hinton2015": {
        "threes": 1010,
        "threes_wrong": 133,
        "threes_wrong_with_bias": 14,
        "bias": 3.5,
    }
}


def _measured(data: str, left_out: int, student: str, role: str, temperature: float) -> Measured:
    for one in recorded_unseen("mnist").measured:
        arm = one.spec.arms[one.arm]
        fits = (one.spec.data, one.spec.left_out, one.spec.student, arm.role) == (data, left_out, student, role)
        if fits and (role == "labels" or arm.temperature == temperature):
            return one
    raise ValueError(f"nothing was recorded of {student} on {data} without {left_out}, {role} at T = {temperature:g}")


def _scores(found: Measured, correction: str) -> Scores:
    known = {"none": found.plain, "label-free": found.label_free, "best": found.best, "halved": found.halved}
    if correction not in known:
        raise ValueError(f"correction must be one of {', '.join(known)}, got {correction}")
    return known[correction]


def _images(of: str) -> Images:
    for known in get_args(Images):
        if of == known:
            return cast(Images, known)
    raise ValueError(f"of must be one of {', '.join(get_args(Images))}, got {of}")


def _values(of: str, scores: Scores) -> list[float]:
    if of not in ("own", "others", "all", "bias"):
        raise ValueError(f"of must be own, others, all or bias, got {of}")
    factor = 1 if of == "bias" else 100
    return [factor * value for value in getattr(scores, of)]


def never_shown(
    of: str,
    left_out: int = 3,
    arm: str = "distilled",
    correction: str = "none",
    temperature: float = 4,
    student: str = "cnn-9k",
    data: str = "mnist",
) -> float:
    """Mean over the seeds, in percent: right among the class’s own images, the others or all; or the bias itself.

    arm: labels or distilled. correction: none, label-free, best (for the very test images, it peeks) or halved (the
    label-free one of one half of them, measured on the other).
    """
    return fmean(_values(of, _scores(_measured(data, left_out, student, arm, temperature), correction)))


def never_shown_with(of: str, bias: float, left_out: int = 3, arm: str = "distilled") -> float:
    """The same share under any bias, mean over the seeds, in percent; taken: of all answers that name the class."""
    kept = recorded_unseen("mnist")
    answers, roles = kept.of(left_out), [str(one.role) for one in kept.spec.arms]
    if of == "taken":
        return 100 * float(answers.taken(np.full(answers.margins.shape[:2], bias))[roles.index(arm)].mean())
    return 100 * float(answers.share(_images(of), bias)[roles.index(arm)].mean())


def never_shown_under(of: str, biases: list[float], left_out: int = 3, arm: str = "distilled") -> list[float]:
    """The same under each of these biases."""
    return [never_shown_with(of, bias, left_out, arm) for bias in biases]


def never_shown_hot(temperatures: list[float], correction: str = "label-free") -> list[float]:
    """Of the threes, how many are right after teaching at each of these temperatures, in percent."""
    return [never_shown("own", 3, "distilled", correction, temperature) for temperature in temperatures]


def needed_bias(logits: list[float], of: int) -> float:
    """The bias on one logit, by its place, above which it is the largest."""
    return max(one for place, one in enumerate(logits) if place != of) - logits[of]


def never_shown_half(of: str, left_out: int = 3, arm: str = "distilled", correction: str = "none") -> float:
    """Half the 95% t-interval of that mean over the seeds."""
    return half_width(_values(of, _scores(_measured("mnist", left_out, "cnn-9k", arm, 4), correction)))


def never_shown_lowest(of: str, arm: str = "distilled", correction: str = "none", temperature: float = 4) -> float:
    """The lowest such mean over all ten classes."""
    return min(never_shown(of, one, arm, correction, temperature) for one in range(10))


def never_shown_highest(of: str, arm: str = "distilled", correction: str = "none", temperature: float = 4) -> float:
    """The highest such mean over all ten classes."""
    return max(never_shown(of, one, arm, correction, temperature) for one in range(10))


def never_shown_at(rank: str, of: str, arm: str = "distilled", correction: str = "none") -> str:
    """Which class has the lowest or the highest such mean, by its name."""
    if rank not in ("lowest", "highest"):
        raise ValueError(f"rank must be lowest or highest, got {rank}")
    chosen = min if rank == "lowest" else max
    return recorded_unseen("mnist").classes[chosen(range(10), key=lambda one: never_shown(of, one, arm, correction))]


def never_shown_number(of: str, data: str = "mnist", student: str = "cnn-9k") -> float:
    """A number of what was recorded: labels, seeds, test_images, updates."""
    found = _measured(data, 3, student, "distilled", 4)
    known = {
        "labels": found.spec.labels,
        "seeds": len(found.spec.seeds),
        "test_images": found.test_images,
        "updates": found.spec.updates,
    }
    if of not in known:
        raise ValueError(f"of must be one of {', '.join(known)}, got {of}")
    return float(known[of])


def published(source: str, of: str) -> float:
    """A number from a source: of its threes right in percent, without or with its bias; or the bias."""
    known = PUBLISHED[source]
    found = {
        "right": 100 * (1 - known["threes_wrong"] / known["threes"]),
        "right_with_bias": 100 * (1 - known["threes_wrong_with_bias"] / known["threes"]),
        "bias": known["bias"],
    }
    if of not in found:
        raise ValueError(f"of must be one of {', '.join(found)}, got {of}")
    return float(found[of])
