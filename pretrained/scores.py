"""What is noted of students at the stops of a dial: by their size, and by how frequent a class was."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from app.catalog.declared import CLASSES, DATA, SHOWN, STUDENTS
from app.distillation import metrics
from app.distillation.datasets import load_material, teacher_logits
from app.distillation.models import build_student
from app.distillation.training import EVALUATION_BATCH
from app.distillation.variants.long_tail import ranks
from app.experiments.kinds import Measure
from app.experiments.worker.stretch import plain

OF_SIZE = (
    Measure("accuracy", "right", "%", 1, "higher"),
    Measure("agreement", "same answer as the teacher", "%", 1),
    Measure("worst", "right in its worst class", "%", 1, "higher"),
    Measure("ece", "calibration error", "%", 1, "lower"),
    Measure("scaled_ece", "calibration error, scaled", "%", 1, "lower"),
)
OF_SMALL = (
    *OF_SIZE,
    Measure("over", "confidence above accuracy", "%", 1),
    Measure("fires", "last hidden units that fire", "%", 1),
)
OF_TAILS = (
    Measure("accuracy", "right, all classes", "%", 1, "higher"),
    Measure("head", "right, the three most frequent", "%", 1, "higher"),
    Measure("middle", "right, the four between", "%", 1, "higher"),
    Measure("tail", "right, the three rarest", "%", 1, "higher"),
)


def on_official(recorder: Any) -> dict[str, npt.NDArray[Any]]:
    """Train, note OF_SMALL on the official test images, and keep how often each shown image is broken and mended.

    Broken: right with labels only and wrong with the teacher, in so many seeds; mended: the other way round.
    """
    for _ in recorder:
        pass
    training, spec = recorder.training, recorder.spec
    official, teacher = _teacher_on_official(spec.data, spec.teacher)
    logits, labels = _official_logits(training), official.labels
    temperature = torch.tensor(recorder.events[-1]["arrays"]["scaling_temperature"])
    scaled = logits / temperature[..., None, None]
    recorder.note(
        scores={
            "accuracy": plain(metrics.accuracy(logits, labels)),
            "agreement": plain(metrics.agreement(logits, teacher)),
            "worst": plain(metrics.worst_class_accuracy(logits, labels)),
            "ece": plain(metrics.ece(logits, labels)),
            "scaled_ece": plain(metrics.ece(scaled, labels)),
            "over": plain(logits.softmax(-1).amax(-1).mean(-1) - metrics.accuracy(logits, labels)),
            "fires": plain(_firing(training)),
        }
    )
    shown, known = training.test_logits()[:, :, :SHOWN], training.material.test_labels[:SHOWN]
    alone, taught = (metrics.answers(shown) == known)[:2]
    count = {"broken": alone & ~taught, "mended": taught & ~alone}
    return {name: np.asarray(one.sum(0), "u1") for name, one in count.items()}


def by_frequency(recorder: Any) -> dict[str, npt.NDArray[Any]]:
    """Train, and note OF_TAILS on the official test images: of each seed by the ranks that its long tail has."""
    for _ in recorder:
        pass
    training = recorder.training
    logits, labels = _official_logits(training), training.material.official.labels
    by_class = metrics.class_accuracy(logits, labels)  # (arms, seeds, classes)
    of_rank = torch.stack([by_class[:, at, ranks(CLASSES, seed)] for at, seed in enumerate(recorder.spec.seeds)], 1)
    groups = {"head": of_rank[..., :3], "middle": of_rank[..., 3:7], "tail": of_rank[..., 7:]}
    shares = {name: plain(values.mean(-1)) for name, values in groups.items()}
    recorder.note(scores={"accuracy": plain(metrics.accuracy(logits, labels)), **shares})
    return {}


@torch.no_grad()
def _official_logits(training: Any) -> Tensor:
    """Of every student: (arms, seeds, n, classes)."""
    parts = training.material.official.parts(EVALUATION_BATCH)
    said: Tensor = torch.cat([training.cohort.answer(part.unsqueeze(0)).logits for part in parts], 2)
    return said.transpose(0, 1)


@torch.no_grad()
def _firing(training: Any) -> Tensor:
    """Of every student, the share of its last hidden units that fire on any of the shown test images: (arms, seeds).

    A unit fires if it is above zero. If none ever does, the student says the same of every image, and learns nothing.
    """
    plan, images = training.plan, training.material.test_images[:SHOWN]
    network = build_student(STUDENTS[plan.student], DATA[plan.data], torch.Generator(), plan.slope)
    seen: list[Tensor] = []
    network.get_submodule("head").register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    for arm in range(len(plan.arms)):
        for seed in range(len(plan.seeds)):
            network.load_state_dict(training.cohort.weights(seed, arm))
            network.look(images)
    fired = torch.stack([(values > 0).any(0).double().mean() for values in seen])
    return fired.view(len(plan.arms), len(plan.seeds))


@cache
def _teacher_on_official(data: str, teacher: str) -> tuple[Any, Tensor]:
    """The official test images, and the teacher's logits of them."""
    known = load_material(data, teacher)
    assert known.official is not None and known.teacher is not None
    return known.official, torch.cat([teacher_logits(known.teacher, part) for part in known.official.parts(250)])
