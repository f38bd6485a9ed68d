"""A small world to train in: tiny images, a random teacher, a plan. Seconds of training become milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from app.catalog import declared
from app.catalog.architecture import Image, whitened
from app.catalog.available import TeacherEntry
from app.catalog.declared import Arm, DataSet
from app.catalog.variants import DataVariant
from app.distillation.checkpoints import file_digest, frozen, tensor_digest
from app.distillation.datasets import Material, teacher_logits
from app.distillation.marks import MARKS
from app.distillation.models import Network
from app.distillation.teaching import TeacherTraining
from app.distillation.training import Training

GREY = DataSet("small-grey", "Small", "random blobs", "small", 1, 12, (0.0,), (1.0,), False, 80, 30)
COLOUR = DataSet("small-colour", "Small", "random blobs", "small", 3, 16, (0.0,) * 3, (1.0,) * 3, False, 80, 30)

LABELS = Arm("labels", "labels", 1.0, 0.0)
KD = Arm("distilled", "kd", 4.0, 0.9)
EVERY_METHOD = (
    LABELS,
    KD,
    Arm("distilled", "kd", 10.0, 0.5),
    Arm("distilled", "logits", 1.0, 0.7),
    Arm("distilled", "dkd", 3.0, 0.6),
    Arm("distilled", "hints", 1.0, 0.8),
    Arm("distilled", "attention", 1.0, 0.4),
    Arm("distilled", "relational", 1.0, 0.6),
    Arm("distilled", "smoothing", 1.0, 0.1),
    Arm("distilled", "named", 1.0, 0.8),
    *(Arm("distilled", method, 6.0, 0.7) for method in MARKS),
)


@dataclass(frozen=True)
class SmallPlan:
    """A `training.Plan`."""

    student: str = "cnn-2k"
    labels: int = 20
    epochs: int = 2
    seeds: tuple[int, ...] = (1, 2, 3)
    arms: tuple[Arm, ...] = (LABELS, KD)
    data: str = "small-grey"
    unlabelled: int = 0
    left_out: int | None = None
    shift: int = 0
    variants: tuple[DataVariant, ...] = ()
    slope: float = 0.0
    rate: float = 1.0

    @property
    def changes(self) -> tuple[DataVariant, ...]:
        left_out = () if self.left_out is None else (DataVariant("left_out", self.left_out),)
        return (*left_out, *self.variants)


def declare(monkeypatch: pytest.MonkeyPatch, batch: int = 8) -> None:
    """Put the small data sets into the catalogue, and make batches small."""
    for data in (GREY, COLOUR):
        monkeypatch.setitem(declared.DATA, data.id, data)
    monkeypatch.setattr(declared, "BATCH", batch)


def random_teacher(channels: int = 1, seed: int = 0) -> Network:
    """A frozen teacher with random weights, whose logits on noise have mean 0 and a spread of 3, as if trained."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = whitened(Image(channels, 16), (4, 6, 8), 3, 10)
        teacher, noise = Network(layers), torch.randn(64, channels, 16, 16)
    for module in teacher.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0  # the norms remember the noise alone
    with torch.no_grad():
        teacher.train()(noise)
        head = teacher.eval().get_parameter("head.weight")
        head.sub_(head.mean(0))
        head.mul_(3 / teacher(noise).std())
    return frozen(teacher)


def shipped(path: Path, family: str) -> TeacherEntry:
    """The manifest's entry of a `random_teacher` whose weights are in `path`."""
    return TeacherEntry(
        *("tiny", "Tiny", family, str(path), file_digest(path)),
        widths=(4, 6, 8),
        patch=3,
        mirror=False,
        channels=1,
        parameters=1000,
        accuracy=0.1,
        tested_on="nothing",
        record={},
    )


def blobs(data: DataSet, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Images (pool + test, c, h, w), each a class's pattern in noise, and labels."""
    draw = torch.Generator().manual_seed(seed)
    shape = (data.channels, data.size, data.size)
    patterns = torch.randn(declared.CLASSES, *shape, generator=draw)
    labels = torch.randint(declared.CLASSES, (data.pool + data.test,), generator=draw)
    return patterns[labels] + torch.randn(len(labels), *shape, generator=draw), labels


def small_material(data: DataSet = GREY, teacher: Network | None = None, seed: int = 0) -> Material:
    """Blobs and a random teacher's logits on them."""
    teacher = teacher or random_teacher(data.channels)
    images, labels = blobs(data, seed)
    logits = teacher_logits(teacher, images)
    pool, test = slice(0, data.pool), slice(data.pool, None)
    return Material(
        *(images[pool], labels[pool], logits[pool]),
        *(images[test], labels[test], logits[test]),
        teacher=teacher,
        data_digest=tensor_digest(images),
        teacher_digest=digest(teacher.state_dict()),
    )


def trained(plan: SmallPlan, material: Material, *, stacked: bool = True) -> Training:
    """TrainedTeacher to the end, in double precision: what is compared differs by nothing else."""
    training = Training(plan, material, stacked=stacked, dtype=torch.float64)
    for _ in range(training.updates):
        training.step()
    return training


def digest(weights: dict[str, Tensor]) -> str:
    """One string for all weights."""
    return " ".join(f"{name} {tensor_digest(value)}" for name, value in sorted(weights.items()))


def rejects(holds: Callable[..., None], *arguments: object) -> None:
    """The property does not hold for the bug."""
    with pytest.raises(AssertionError):
        holds(*arguments)


class Ended(Exception):
    """The process was killed, or somebody pressed Ctrl-C."""


def end_after(updates: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next training be ended after this many updates."""
    step, left = TeacherTraining.step, iter(range(updates))

    def step_or_end(training: TeacherTraining, share: float) -> None:
        if next(left, None) is None:
            raise Ended
        step(training, share)

    monkeypatch.setattr(TeacherTraining, "step", step_or_end)
