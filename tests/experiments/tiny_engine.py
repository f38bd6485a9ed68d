"""A training without torch, for tests of everything around it: a deterministic walk with the real interface."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from app.catalog import declared
from app.catalog.available import drawable
from app.experiments.kinds import Experiment
from app.experiments.kinds.cohort import RunSpec
from app.experiments.worker.engine import Prepared
from app.store import TeacherAnswers
from tests.experiments.examples import METRICS

SHOWN = 20
TEACHER = np.linspace(-5, 5, SHOWN * declared.CLASSES, dtype=np.float16).reshape(SHOWN, declared.CLASSES)


class TinyTraining:
    """Each "student" is one number that drifts; `student` of the spec chooses how it behaves."""

    def __init__(self, spec: RunSpec, seconds_per_update: float) -> None:
        self.spec, self.pace = spec, seconds_per_update
        self.updates, self.update = spec.updates, 0
        self.values = np.array([[seed % 7 / 10 for seed in spec.seeds] for _ in spec.arms])

    def step(self) -> dict[str, Any]:
        time.sleep(self.pace)
        self.update += 1
        drift = np.array([[0.01 * (1 + arm.alpha)] for arm in self.spec.arms])
        self.values = np.sin(self.values + drift + 1e-3 * self.update)
        return {"hard": self.values.copy(), "soft": np.full(self.values.shape, np.nan), "total": self.values.copy()}

    def due(self) -> bool:
        every = max(1, self.updates // 10)
        return self.update % every == 0 or self.update == self.updates

    def evaluate(self) -> Any:
        values = self.values
        metrics = {name: np.abs(values) for name in METRICS}
        logits = np.broadcast_to(values[..., None, None], (*values.shape, SHOWN, declared.CLASSES))
        arrays = {"logits": logits.astype(np.float16)}
        return SimpleNamespace(measures=metrics, arrays=arrays, diagnostics={}, final={})

    @property
    def epoch(self) -> float:
        return self.update * self.spec.epochs / self.updates

    def state(self) -> dict[str, Any]:
        return {"values": self.values, "update": np.array(self.update)}

    def restore(self, state: dict[str, Any]) -> None:
        self.values, self.update = state["values"], int(state["update"])

    def weights(self) -> dict[str, Any]:
        students = np.ndindex(self.values.shape)
        return {f"arm{a}.seed{s}.value": self.values[a, s] for a, s in students}

    def validate(self) -> Any:
        return np.abs(self.values)


class TinyEngine:
    """`mlp-30` trains fast, `cnn-2k` slowly; `cnn-35k` fails, `cnn-140k` hangs, `cnn-large` ends its process."""

    def warm(self) -> TeacherAnswers:
        return TeacherAnswers("mnist", "mnist", "d" * 64, "t" * 64, 0.99, 1000, TEACHER)

    def pace(self) -> float:
        return 1.0

    def begin(self, experiment: Experiment) -> Prepared:
        assert isinstance(experiment, RunSpec)
        spec = experiment
        if spec.student == "cnn-35k":
            raise RuntimeError("secret detail")
        if spec.student == "cnn-140k":
            time.sleep(600)
        if spec.student == "cnn-large":
            os._exit(3)
        record = {"torch": "none", "teacher_digest": "t" * 64, "teacher_accuracy": 0.99, "test_images": 1000}
        pace = {"cnn-2k": 0.02}.get(spec.student, 0.0)
        return Prepared(TinyTraining(spec, pace), self.warm(), record, drawable(spec.data))

    def save(self, tensors: dict[str, Any], path: Path, *, half: bool = False) -> None:
        body = b"".join(np.asarray(value, np.float64).tobytes() for _, value in sorted(tensors.items()))
        shape = tensors["values"].shape if "values" in tensors else (len(tensors), 1)
        head = f"{shape[0]} {shape[1]} {hashlib.sha256(body).hexdigest()}\n".encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(head + body)

    def load(self, path: Path) -> dict[str, Any]:
        head, body = path.read_bytes().split(b"\n", 1)
        arms, seeds, digest = head.split()
        if hashlib.sha256(body).hexdigest() != digest.decode():
            raise ValueError("damaged")
        numbers = np.frombuffer(body)
        return {"update": numbers[0], "values": numbers[1:].reshape(int(arms), int(seeds)).copy()}
