"""Training throughput: a cohort of eight against the usual loop, and what progress and evaluation cost.

The usual loop is what most code does: a DataLoader in the same process, ToTensor and Normalize image by image, the
teacher's forward pass in every step, one student. The cohort is the product's: images standardised once, teacher
logits computed once, eight students stacked. Same student, batch, loss, optimiser, threads and machine; the two are
measured in turns, and medians are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from statistics import median
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from app.catalog import available, declared
from app.catalog.pack import read_pack
from app.catalog.variants import DataVariant
from app.distillation import losses
from app.distillation.checkpoints import load_teacher
from app.distillation.datasets import Material, generator, load_material
from app.distillation.models import build_student
from app.distillation.progress import Update, train
from app.distillation.training import Point, Training, first_rate
from app.distillation.vision import import_torchvision
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from tests.benchmarks.machine import words

LABELS, ROUNDS, USUAL_BATCHES = 4000, 7, 8
TEMPERATURE, ALPHA = 8.0, 0.9


@dataclass(frozen=True)
class Plan:
    """Eight distilled students: four seeds, two temperatures."""

    data: str = "mnist"
    student: str = "cnn-9k"
    labels: int = LABELS
    epochs: int = 1
    seeds: tuple[int, ...] = (11, 12, 13, 14)
    arms: tuple[declared.Arm, ...] = tuple(declared.Arm("distilled", "kd", t, ALPHA) for t in (4.0, TEMPERATURE))
    unlabelled: int = 0
    shift: int = 0
    changes: tuple[DataVariant, ...] = ()
    slope: float = 0.0
    rate: float = 1.0


STUDENTS = len(Plan.seeds) * len(Plan.arms)


class Pictures(Dataset[tuple[Tensor, int]]):
    """Images as the usual data set hands them out: a PIL image, transformed when it is asked for."""

    def __init__(self) -> None:
        from PIL import Image

        transforms = import_torchvision().transforms
        pack, data = read_pack(declared.DATA["mnist"].path), declared.DATA["mnist"]
        self.pictures = [Image.fromarray(image[0]) for image in pack.images[pack.pool]]
        self.labels = pack.labels[pack.pool].tolist()
        normalize = transforms.Normalize(data.mean, data.spread)
        self.transform: Callable[[Any], Tensor] = transforms.Compose([transforms.ToTensor(), normalize])

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(self.pictures[index]), self.labels[index]


def usual_loop(pictures: Pictures) -> Iterator[int]:
    """Train one student the usual way, for ever; yields how many images each update took."""
    teacher = load_teacher(available.teachers()["mnist"])
    student = build_student(declared.STUDENTS[Plan.student], declared.DATA["mnist"], generator(1, "weights"))
    rate = first_rate(Plan.student, Plan.data)
    optimizer = torch.optim.AdamW(student.parameters(), lr=rate, weight_decay=declared.WEIGHT_DECAY)
    while True:
        for images, labels in DataLoader(pictures, batch_size=declared.BATCH, shuffle=True, num_workers=0):
            with torch.no_grad():
                teacher_logits = teacher(images)
            logits = student(images)
            soft = losses.soft_loss(logits, teacher_logits, torch.tensor(TEMPERATURE))
            loss = losses.mixed(losses.hard_loss(logits, labels), soft, torch.tensor(ALPHA))["total"]
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            yield len(images)


def usual_rate(loop: Iterator[int]) -> float:
    """Student-images per second of the usual loop, over a few batches."""
    start = time.perf_counter()
    images = sum(next(loop) for _ in range(USUAL_BATCHES))
    return images / (time.perf_counter() - start)


def product_rate(material: Material) -> float:
    """Student-images per second of the product's path: an epoch with progress and one evaluation."""
    training = Training(Plan(), material)
    seen: list[Any] = []
    training.step()  # what is only done once belongs to no epoch
    start = time.perf_counter()
    with patch("app.catalog.declared.evaluations", lambda updates, images: 1):  # at the end of the epoch
        for progress in train(training):
            if isinstance(progress, Update):
                seen.append({name: part.tolist() for name, part in progress.losses.items()})
            elif isinstance(progress, Point):
                seen.append(progress.accuracy.tolist())
    seconds = time.perf_counter() - start
    assert len(seen) == training.updates
    return STUDENTS * (LABELS - declared.BATCH) / seconds


def bare_rate(material: Material) -> float:
    """Student-images per second of the same stacked updates, with nobody watching."""
    training = Training(Plan(), material)
    training.step()
    start = time.perf_counter()
    while training.update < training.updates:
        training.step()
    return STUDENTS * (LABELS - declared.BATCH) / (time.perf_counter() - start)


def final_evaluation(material: Material) -> Iterator[tuple[str, object]]:
    """What the verdict's images cost at the end of the lab's default experiment."""
    spec = RunSpec.two_arms(default_settings(), tuple(range(11, 11 + declared.CONTROLS["seeds"].default)))
    training, took = Training(spec, material), []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        final = training.final()
        took.append(time.perf_counter() - start)
    yield "final_evaluation_s", median(took)
    yield "final_evaluation_images", final["images"]
    yield "final_evaluation_students", final["accuracy"].numel()


def measure() -> Iterator[tuple[str, object]]:
    """Yield cohort_ratio and cohort_overhead with the absolutes that they are made of."""
    torch.set_num_threads(declared.THREADS_PER_RUN)
    whole, loop = load_material("mnist", "mnist"), usual_loop(Pictures())
    material = replace(whole, official=None)  # the verdict's images are timed on their own
    usual_rate(loop), product_rate(material), bare_rate(material)  # once, to warm up
    usual, product, bare = [], [], []
    for _ in range(ROUNDS):
        usual.append(usual_rate(loop))
        product.append(product_rate(material))
        bare.append(bare_rate(material))
    yield "usual_student_images_per_s", median(usual)
    yield "cohort_student_images_per_s", median(product)
    yield "bare_student_images_per_s", median(bare)
    yield "cohort_ratio", median(product) / median(usual)
    yield "cohort_overhead", median(product) / median(bare)
    yield from final_evaluation(whole)
    yield "students", STUDENTS
    yield "student", Plan.student
    yield "batch", declared.BATCH
    yield "threads", torch.get_num_threads()
    yield "teacher_parameters", available.teachers()["mnist"].parameters
    yield "rounds", ROUNDS
    yield "machine", words()
