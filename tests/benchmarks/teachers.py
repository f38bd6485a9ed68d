"""Accuracy of the shipped teachers on the official test images, where these are on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from app.catalog.available import teachers
from app.distillation.checkpoints import load_teacher
from app.distillation.teaching import accuracy
from pretrained.courses import full_course
from pretrained.train_teachers import standardiser
from tests.full_data import full_data


def measure() -> Iterator[tuple[str, object]]:
    """Yield <teacher>_accuracy, a share, and what it was measured on; "absent" where the full set is not here."""
    torch.set_num_threads(2)
    for teacher in teachers().values():
        figure = f"{teacher.id.replace('-', '_')}_accuracy"
        path = full_data(teacher.family)
        if path is None:
            yield figure, "absent"
            continue
        course = full_course(teacher.family, path)
        images = standardiser(teacher.family)(course.test_images)
        labels = torch.from_numpy(course.test_labels.astype(np.int64))
        yield figure, f"{accuracy(load_teacher(teacher), images, labels):.4f}"
        yield f"{figure}_on", course.tested_on
