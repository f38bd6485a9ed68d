"""The figure of one image's soft labels: which images to offer, and what is known of the first. Knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from app import catalog
from app.catalog import METHODS, Arm, lab_sets
from app.components.answers import answers
from app.experiments import pictures, recorded
from app.experiments.api import API
from app.experiments.api.assets import js_base
from app.packs import PackError
from app.store import Store

OFFERED = 8  # images in the strip: the ones that the teacher is least sure about


@dataclass(frozen=True)
class Asked:
    """What the figure is about. run_id: the run whose students answer, if any; answered:
    whether they have done so yet; arms: how they were trained.
    """

    data: str
    teacher: str
    run_id: str | None
    answered: bool
    arms: Sequence[Arm]
    temperature: float


def soft_labels(asked: Asked, store: Store) -> None:
    """Mount the figure."""
    kept = recorded.recorded_runs().get(asked.run_id or "")
    answered = _recorded(kept) if kept else _answered(asked.data, asked.teacher, store)
    offered = list(least_sure(answered, OFFERED)) if answered is not None else list(range(OFFERED))
    classes, count, here = _pictured(asked.data)
    data = {
        "api": API,
        "run": asked.run_id,
        "recorded": kept is not None,
        "answered": asked.answered,
        "teacher": asked.teacher,
        "data": asked.data,
        "arms": [asdict(arm) for arm in asked.arms],
        "methods": {method.id: method.name for method in METHODS.values()},
        "temperature": asked.temperature,
        "count": len(kept.labels) if kept else count,
        "strip": offered,
        "first": {"image": offered[0]},
        "classes": list(kept.classes) if kept else list(classes),
        "here": here,
    }
    answers(js_base(), data)


def least_sure(logits: npt.NDArray[Any], count: int) -> tuple[int, ...]:
    """Positions of the images over which the probabilities spread most (entropy at T = 1), the most first.

    logits: (images, classes).
    """
    return _least_sure(np.ascontiguousarray(logits, np.float32).tobytes(), logits.shape[1], count)


@lru_cache(maxsize=16)
def _least_sure(body: bytes, classes: int, count: int) -> tuple[int, ...]:
    logits = np.frombuffer(body, np.float32).reshape(-1, classes).astype(np.float64)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    entropy = -(np.exp(log_probs) * log_probs).sum(axis=1)
    return tuple(int(at) for at in np.argsort(-entropy, kind="stable")[:count])


def _recorded(run: recorded.Recorded) -> npt.NDArray[Any] | None:
    try:
        return run.answers().teacher
    except ValueError:
        return None  # asked for an image, the server says why


def _answered(data: str, teacher: str, store: Store) -> npt.NDArray[Any] | None:
    found = store.teacher_answers(data, teacher)
    return found.logits if found else None


def _pictured(data: str) -> tuple[tuple[str, ...], int, bool]:
    """(class names, images that can be shown, whether they are on this machine)."""
    try:
        found = pictures.shown(data)
    except PackError:
        known = lab_sets().get(data)
        return tuple(map(str, range(catalog.CLASSES))), min(catalog.SHOWN, known.test) if known else OFFERED, False
    return found.classes, len(found.labels), True
