"""Which test images are worth a look: over which the teacher hesitates, and where students answer otherwise."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def most_ambiguous(logits: npt.NDArray[Any]) -> list[int]:
    """Positions of images by entropy at T = 1, the largest first. logits: (images, classes)."""
    return list(_most_ambiguous(np.ascontiguousarray(logits, np.float32).tobytes(), logits.shape[1]))


@lru_cache(maxsize=16)
def _most_ambiguous(body: bytes, classes: int) -> tuple[int, ...]:
    log_probs = log_softmax(np.frombuffer(body, np.float32).reshape(-1, classes))
    return _descending(-(np.exp(log_probs) * log_probs).sum(axis=-1))


def farthest(teacher: npt.NDArray[Any], students: npt.NDArray[Any]) -> list[int]:
    """Positions of images by how far students are from the teacher, the farthest first.

    teacher: logits (images, classes). students: logits (seeds, images, classes). Far: KL(teacher ‖ student) at T = 1,
    mean over seeds.
    """
    log_teacher = log_softmax(teacher)
    apart = (np.exp(log_teacher) * (log_teacher - log_softmax(students))).sum(axis=-1)  # (seeds, images)
    return list(_descending(apart.mean(axis=0)))


def log_softmax(logits: npt.NDArray[Any]) -> Floats:
    """Log-probabilities over the last axis."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True).astype(np.float64)
    log_probs: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_probs


def softened(logits: npt.NDArray[Any], temperature: float) -> Floats:
    """softmax(logits / T) over the last axis. temperature: > 0. Raises ValueError."""
    if not temperature > 0:
        raise ValueError(f"temperature must be > 0, got {temperature}")
    probabilities: Floats = np.exp(log_softmax(logits.astype(np.float64) / temperature))
    return probabilities


def _descending(values: Floats) -> tuple[int, ...]:
    return tuple(int(at) for at in np.argsort(-values, kind="stable"))
