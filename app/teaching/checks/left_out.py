"""What was recorded of students that never saw a class, as numbers of lessons: percent, counts and biases.

Beside it stands what others published of the same experiment, with the source.
"""

from statistics import fmean
from typing import cast

import numpy as np

from app.experiments.left_out import Images, LeftOutAnswers
from app.experiments.paired import PairedDifference, half_width
from app.experiments.recordings import FinishedRun, recordings
from app.experiments.recordings.left_out import RecordedLeftOut, recorded_left_out
from app.teaching.checks.registry import check, check_difference, number

# Hinton, Vinyals, Dean 2015, section 3: 800-unit students of all of MNIST without a 3, temperature 20. Of 1,010 threes
# 133 are taken for another digit, and 14 with a bias of 3.5.
PUBLISHED = {"hinton2015": {"right": 100 * (1 - 133 / 1010), "right_with_bias": 100 * (1 - 14 / 1010), "bias": 3.5}}


def _arm(data: str, left_out: int, student: str, name: str, temperature: float) -> tuple[FinishedRun, int]:
    """The recorded run, and which of its arms: of several the one with the most seeds, and arms beside it.

    name: labels, distilled, or the method of a control.
    """
    method, found = "kd" if name == "distilled" else name, list[tuple[FinishedRun, int]]()
    for run in (run for recording in recordings(RecordedLeftOut).values() for run in recording.runs):
        for place, arm in enumerate(run.spec.arms):
            spec = (run.spec.data, run.spec.left_out, run.spec.student, arm.method)
            if spec == (data, left_out, student, method) and (method == "labels" or arm.temperature == temperature):
                found.append((run, place))
    if found:
        return max(found, key=lambda one: (len(one[0].spec.seeds), len(one[0].spec.arms)))
    raise ValueError(f"nothing was recorded of {student} on {data} without {left_out}, {name} at T = {temperature:g}")


def _values(of: str, run: FinishedRun, arm: int, correction: str) -> list[float]:
    """For each seed, in percent; a bias as it is."""
    scores, name = run.end["scores"], {"none": "plain", "label-free": "label_free"}.get(correction, correction)
    if name not in scores:
        raise ValueError(f"correction must be none, label-free, best or halved, got {correction}")
    if of not in scores[name]:
        raise ValueError(f"of must be own, others, all or bias, got {of}")
    return [(1 if of == "bias" else 100) * value for value in scores[name][of][arm]]


@check(source="model")
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

    arm: labels, distilled, even or shuffled. correction: none, label-free, best (for the very test images, it peeks) or
    halved (the label-free one of one half of them, measured on the other).
    """
    return fmean(_values(of, *_arm(data, left_out, student, arm, temperature), correction))


@check(source="model")
def never_shown_with(of: str, bias: float, left_out: int = 3, arm: str = "distilled") -> float:
    """The same share under any bias, mean over the seeds, in percent; taken: of all answers that name the class."""
    answers, place = _answers(left_out, arm)
    if of == "taken":
        return 100 * float(answers.taken(np.full(answers.margins.shape[:2], bias))[place].mean())
    return 100 * float(answers.share(cast(Images, of), bias)[place].mean())


def _answers(left_out: int, arm: str) -> tuple[LeftOutAnswers, int]:
    """What was recorded of students that never saw this class, and which of their arms."""
    recording = recorded_left_out("mnist")
    methods = [one.method for one in recording.spec.arms]
    return recording.of(left_out), methods.index("kd" if arm == "distilled" else arm)


@check(source="model")
def never_shown_missed(left_out: int, taken_for: str) -> float:
    """Of its images that distilled students miss after the label-free correction, how many are taken for this class.

    In percent, of all seeds together.
    """
    answers, place = _answers(left_out, "distilled")
    taken = answers.taken(answers.label_free(recorded_left_out("mnist").record["prior"]))[place]
    missed = answers.others[place][~taken & (answers.labels == left_out)]
    return 100 * float((missed == recorded_left_out("mnist").classes.index(taken_for)).mean())


@check(source="model")
def never_shown_under(of: str, biases: list[float], left_out: int = 3, arm: str = "distilled") -> list[float]:
    """The same under each of these biases."""
    return [never_shown_with(of, bias, left_out, arm) for bias in biases]


@check(source="model")
def never_shown_hot(temperatures: list[float], correction: str = "label-free") -> list[float]:
    """Of the threes, how many are right after teaching at each of these temperatures, in percent."""
    return [never_shown("own", 3, "distilled", correction, temperature) for temperature in temperatures]


@check(source="formula")
def needed_bias(logits: list[float], of: int) -> float:
    """The bias on one logit, by its place, above which it is the largest."""
    return max(one for place, one in enumerate(logits) if place != of) - logits[of]


@check(source="model")
def never_shown_half(of: str, left_out: int = 3, arm: str = "distilled", correction: str = "none") -> float:
    """Half the 95% t-interval of that mean over the seeds."""
    return half_width(_values(of, *_arm("mnist", left_out, "cnn-9k", arm, 4), correction))


@check_difference
def never_shown_gain(over: str, arm: str = "distilled", left_out: int = 3) -> PairedDifference:
    """By how many points more of the class one arm’s students find than another’s, each corrected without labels."""
    ours, theirs = (_values("own", *_arm("mnist", left_out, "cnn-9k", one, 4), "label-free") for one in (arm, over))
    return PairedDifference(tuple(a - b for a, b in zip(ours, theirs, strict=True)))


@check(source="model")
def never_shown_gain_at(rank: str, over: str) -> float:
    """That difference for the class of which it is lowest or highest."""
    gains = [never_shown_gain(over, left_out=one).mean for one in range(10)]
    return gains[_ranked(rank, gains)]


@check(source="model")
def never_shown_lowest(of: str, arm: str = "distilled", correction: str = "none", temperature: float = 4) -> float:
    """The lowest such mean over all ten classes."""
    return min(never_shown(of, one, arm, correction, temperature) for one in range(10))


@check(source="model")
def never_shown_highest(of: str, arm: str = "distilled", correction: str = "none", temperature: float = 4) -> float:
    """The highest such mean over all ten classes."""
    return max(never_shown(of, one, arm, correction, temperature) for one in range(10))


@check(source="model")
def never_shown_at(rank: str, of: str, arm: str = "distilled", correction: str = "none") -> str:
    """Which class has the lowest or the highest such mean, by its name."""
    shares = [never_shown(of, one, arm, correction) for one in range(10)]
    return recorded_left_out("mnist").classes[_ranked(rank, shares)]


def _ranked(rank: str, values: list[float]) -> int:
    """The place of the lowest or the highest."""
    if rank not in ("lowest", "highest"):
        raise ValueError(f"rank must be lowest or highest, got {rank}")
    return values.index(min(values) if rank == "lowest" else max(values))


@check(source="model")
def never_shown_number(of: str, data: str = "mnist", student: str = "cnn-9k") -> float:
    """A number of what was recorded: labels, seeds, test_images, updates; images, of which students are drawn theirs,
    and in_front, those of them for which the teacher puts the class first.
    """
    run, _ = _arm(data, 3, student, "distilled", 4)
    recording = next(one for one in recordings(RecordedLeftOut).values() if run in one.runs)
    known = {
        "labels": run.spec.labels,
        "seeds": len(run.spec.seeds),
        "test_images": recording.test_images,
        "updates": run.spec.updates,
        **run.end.get("told", {}),
    }
    return number(known, of)


@check(source="paper")
def published(source: str, of: str) -> float:
    """A number from a source: of its threes right in percent, without or with its bias; or the bias."""
    return number(PUBLISHED[source], of)
