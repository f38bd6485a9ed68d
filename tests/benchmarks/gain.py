"""What distillation adds: a 9 k-parameter student, 500 labelled MNIST images, five seeds.

The temperature is chosen on a validation part of the images to learn from, which no student learns from; the gain is
then measured on the test images. Both are answered by the same students.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from app.catalog import declared
from app.catalog.declared import Arm
from app.catalog.variants import DataVariant
from app.distillation.datasets import Material, load_material
from app.distillation.progress import train
from app.distillation.training import Training
from app.experiments.kinds.cohort import cohort_verdict
from tests.benchmarks.machine import words

TEMPERATURES, ALPHA, VALIDATION = (4.0, 8.0, 10.0), 0.9, 1000
LABELS_ONLY = Arm("labels", "labels", 1.0, 0.0)


@dataclass(frozen=True)
class Plan:
    """Labels only, T = 1, and the temperatures to choose from."""

    data: str = "mnist"
    student: str = "cnn-9k"
    labels: int = 500
    epochs: int = declared.CONTROLS["epochs"].default
    seeds: tuple[int, ...] = (11, 12, 13, 14, 15)
    arms: tuple[Arm, ...] = (LABELS_ONLY, *(Arm("distilled", "kd", t, ALPHA) for t in (1.0, *TEMPERATURES)))
    unlabelled: int = 0
    shift: int = 0
    changes: tuple[DataVariant, ...] = ()
    slope: float = 0.0
    rate: float = 1.0


def with_validation(material: Material, count: int) -> Material:
    """The same material with `count` pool images put before the test images instead."""
    order = torch.randperm(len(material.pool_labels), generator=torch.Generator().manual_seed(0))
    held, kept = order[:count], order[count:]
    return dataclasses.replace(
        material,
        pool_images=material.pool_images[kept],
        pool_labels=material.pool_labels[kept],
        pool_logits=material.pool_logits[kept],
        test_images=torch.cat((material.pool_images[held], material.test_images)),
        test_labels=torch.cat((material.pool_labels[held], material.test_labels)),
        test_logits=torch.cat((material.pool_logits[held], material.test_logits)),
    )


def accuracies(material: Material) -> tuple[Tensor, Tensor]:
    """Final accuracy on the validation part and on the test images, each (arms, seeds)."""
    training = Training(Plan(), with_validation(material, VALIDATION))
    for _ in train(training):
        pass
    right = (training.test_logits().argmax(-1) == training.material.test_labels).double()  # (arms, seeds, images)
    return right[..., :VALIDATION].mean(-1), right[..., VALIDATION:].mean(-1)


def measure() -> Iterator[tuple[str, object]]:
    """Yield kd_gain_points and t1_gain_points with their 95% intervals over the seeds."""
    torch.set_num_threads(declared.THREADS_PER_RUN)
    start = time.perf_counter()
    material = load_material("mnist", "mnist")
    validation, test = accuracies(material)
    arms, tests = Plan.arms, len(material.test_labels)
    best = max(range(2, len(arms)), key=lambda arm: float(validation[arm].mean()))
    for name, arm in (("kd", best), ("t1", 1)):
        compared = cohort_verdict([test[0].tolist(), test[arm].tolist()], tests, (arms[0], arms[arm]))
        yield f"{name}_gain_points", float(100 * (test[arm] - test[0]).mean())
        yield f"{name}_gain_interval", f"{compared.low:+.2f} … {compared.high:+.2f}"
        yield f"{name}_sentence", compared.sentence
    yield "best_temperature", arms[best].temperature
    for arm, told in enumerate(arms):
        label = "labels_only" if told.role == "labels" else f"t{told.temperature:g}"
        yield f"{label}_accuracy", f"{100 * test[arm].mean():.2f} (validation {100 * validation[arm].mean():.2f})"
    yield (
        "setting",
        f"{Plan.student}, {Plan.labels} labels, {Plan.epochs} epochs, alpha {ALPHA}, {len(Plan.seeds)} seeds",
    )
    yield "seconds", time.perf_counter() - start
    yield "machine", words()
