"""What the shipped teachers say about the test images whose answers come along, as numbers of lessons; and the softmax.

Shares of a network's answer are in percent, of given logits 0 … 1; entropies in bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

import numpy as np
import numpy.typing as npt

from app.experiments.ranking import Floats, softened
from app.experiments.recordings import runs as recorded
from app.experiments.spec import shown
from app.teaching.checks.registry import check
from app.teaching.plain import ClaimError
from app.teaching.similarity import likeness, mean_soft_labels, members, tree

# ── formulas ─────────────────────────────────────────────────────────────────────────────────────────────────────


@check(source="formula")
def softmax(logits: Sequence[float], temperature: float = 1) -> list[float]:
    """All probabilities, 0 … 1. temperature: > 0. Raises ValueError."""
    return [float(one) for one in softened(np.asarray(logits, np.float64), temperature)]


@check(source="formula")
def softmax_top(logits: Sequence[float], temperature: float = 1) -> float:
    """The largest probability, 0 … 1."""
    return max(softmax(logits, temperature))


@check(source="formula")
def softmax_ratio(logits: Sequence[float], temperature: float = 1) -> float:
    """How many times as much the first class gets as the second."""
    first, second, *_ = softmax(logits, temperature)
    return first / second


@check(source="formula")
def ratio_temperature(logits: Sequence[float], ratio: float) -> float:
    """The temperature at which that is so."""
    return float((logits[0] - logits[1]) / np.log(ratio))


@check(source="formula")
def softmax_entropy(logits: Sequence[float], temperature: float = 1) -> float:
    """Bits."""
    return _entropy(np.asarray(softmax(logits, temperature)))


@check(source="formula")
def entropy_limit(classes: int) -> float:
    """The most that an answer over so many classes can have, in bits."""
    return float(np.log2(classes))


def _entropy(probabilities: Floats) -> float:
    known = probabilities[probabilities > 0]
    return float(-(known * np.log2(known)).sum())


# ── what the shipped teachers say about the test images that come along ──────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class LabelledLogits:
    """Logits (shown, classes) of a teacher, the labels of these test images, and the classes' names."""

    logits: npt.NDArray[np.float16]
    labels: tuple[int, ...]
    classes: tuple[str, ...]


def teacher_answers(data: str) -> LabelledLogits:
    """What the finished teacher of `data` says. Raises ClaimError if that is missing or damaged."""
    run = recorded.of_finished_teacher(data)
    if run is None:
        raise ClaimError(f"The teacher’s answers about {shown(data)} are missing. Get a fresh copy of the app.")
    try:
        return _answers_of(run)
    except ValueError as error:
        raise ClaimError(str(error)) from error


@lru_cache(maxsize=8)
def _answers_of(run: recorded.RecordedRun) -> LabelledLogits:
    return LabelledLogits(run.answers().teacher, run.labels, run.classes)


@check(source="model")
def teacher_says(data: str, image: int, temperature: float = 1) -> list[float]:
    """All probabilities of one test image, in percent."""
    return [100 * one for one in softmax(teacher_answers(data).logits[counted(image)].tolist(), temperature)]


@check(source="model")
def teacher_top(data: str, image: int, temperature: float = 1) -> float:
    """How sure the teacher is of its answer, in percent."""
    return max(teacher_says(data, image, temperature))


@check(source="model")
def teacher_share(data: str, image: int, of: str, temperature: float = 1) -> float:
    """What one class gets, in percent. of: the class’s name."""
    return teacher_says(data, image, temperature)[class_number(data, of)]


@check(source="model")
def teacher_second(data: str, image: int, temperature: float = 1) -> float:
    """What the class in the second place of the teacher’s answer gets, in percent."""
    return sorted(teacher_says(data, image, temperature))[-2]


@check(source="model")
def teacher_ratio(data: str, image: int, of: str, to: str, temperature: float = 1) -> float:
    """How many times as much one class gets as another."""
    return teacher_share(data, image, of, temperature) / teacher_share(data, image, to, temperature)


@check(source="model")
def teacher_choice(data: str, image: int, place: int = 1) -> str:
    """The name of the class in this place of the teacher’s answer, from 1."""
    order = np.argsort(-teacher_answers(data).logits[counted(image)].astype(np.float64), kind="stable")
    return teacher_answers(data).classes[int(order[counted(place - 1)])]


@check(source="model")
def teacher_entropy(data: str, image: int, temperature: float = 1) -> float:
    """Bits."""
    return softmax_entropy(teacher_answers(data).logits[counted(image)].tolist(), temperature)


@check(source="model")
def teacher_entropies(data: str, image: int, temperatures: Sequence[float]) -> list[float]:
    """Bits, at each of these temperatures."""
    return [teacher_entropy(data, image, temperature) for temperature in temperatures]


@check(source="model")
def image_label(data: str, image: int) -> str:
    """The name of an image’s label."""
    answers = teacher_answers(data)
    return answers.classes[answers.labels[counted(image)]]


@check(source="model")
def least_sure_of(data: str, images: Sequence[int]) -> float:
    """Which of these test images the teacher hesitates over most, by entropy."""
    return float(max(images, key=lambda image: teacher_entropy(data, image)))


@check(source="model")
def most_given_of(data: str, images: Sequence[int], of: str, temperature: float = 1) -> float:
    """In which of these test images a class gets most."""
    return float(max(images, key=lambda image: teacher_share(data, image, of, temperature)))


@check(source="model")
def less_sure_than(data: str, than: float) -> float:
    """Of how many test images the teacher’s answer has less than so many percent."""
    tops = softened(teacher_answers(data).logits, 1).max(axis=-1)
    return float((100 * tops < than).sum())


@check(source="model")
def teacher_wrong(data: str) -> float:
    """Of how many of these test images the teacher’s answer is not the label."""
    return float((teacher_answers(data).logits.argmax(axis=-1) != np.asarray(teacher_answers(data).labels)).sum())


@check(source="model")
def images_shown(data: str) -> float:
    """Of how many test images the teacher’s answers come along."""
    return float(len(teacher_answers(data).logits))


@check(source="model")
def mean_share(data: str, of: str, to: str, temperature: float = 1) -> float:
    """What class `to` gets on average over the images of class `of`, in percent."""
    return 100 * float(_mean_soft(data, temperature)[class_number(data, of), class_number(data, to)])


@check(source="model")
def mean_ratio(data: str, of: str, more: str, less: str, temperature: float = 1) -> float:
    """How many times as much one class gets as another, on average over the images of class `of`."""
    return mean_share(data, of, more, temperature) / mean_share(data, of, less, temperature)


@check(source="model")
def most_like_among(data: str, of: str, among: Sequence[str], temperature: float = 1) -> str:
    """Which of these classes gets most on average over the images of class `of`."""
    return max(among, key=lambda name: mean_share(data, of, name, temperature))


@check(source="model")
def first_split(data: str, of: str, temperature: float = 1) -> str:
    """The classes beside `of` when the tree falls into two: "automobile, ship and truck"."""
    classes = teacher_answers(data).classes
    half = _half(_mean_soft(data, temperature), class_number(data, of))
    names = [classes[label] for label in sorted(half) if classes[label] != of]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


@check(source="model")
def split_from(data: str, of: str, temperature: float) -> float:
    """The lowest temperature, in steps of a half, from which up to `temperature` the tree falls into the same two."""
    wanted = first_split(data, of, temperature)
    same = takewhile(lambda t: first_split(data, of, t) == wanted, np.arange(temperature, 0.9, -0.5))
    return float(list(same)[-1])


@check(source="model")
def split_redrawn(data: str, of: str, beside: str, draws: int, temperature: float = 1) -> float:
    """How often two classes are on one side of the first split, of so many draws of as many photographs of each class
    as there are, each put back.
    """
    answers = teacher_answers(data)
    soft, labels = softened(answers.logits, temperature), np.asarray(answers.labels)
    classes = [soft[labels == label] for label in range(len(answers.classes))]
    random, pair = np.random.default_rng(0), [class_number(data, of), class_number(data, beside)]
    drawn = (np.stack([random.choice(one, len(one)).mean(axis=0) for one in classes]) for _ in range(draws))
    return float(sum(pair[1] in _half(one, pair[0]) for one in drawn))


def _half(mean_soft: Floats, label: int) -> list[int]:
    """The classes on the side of `label` when the tree falls into two, itself among them."""
    joins = tree(likeness(mean_soft))
    halves = (members(joins, len(mean_soft), branch) for branch in (joins[-1].first, joins[-1].second))
    return next(half for half in halves if label in half)


def _mean_soft(data: str, temperature: float) -> Floats:
    answers = teacher_answers(data)
    return mean_soft_labels(answers.logits, answers.labels, len(answers.classes), temperature)


def class_number(data: str, name: str) -> int:
    """Which class has this name. Raises ValueError if none has."""
    classes = teacher_answers(data).classes
    if name not in classes:
        raise ValueError(f"there is no class “{name}” in {data}; there are {', '.join(classes)}")
    return classes.index(name)


def counted(position: int) -> int:
    """A position that is counted from the start. Raises ValueError if it is negative."""
    if position < 0:
        raise ValueError(f"a position must be ≥ 0, got {position}")
    return position
