from __future__ import annotations

import numpy as np
import pytest
import torch

from app.distillation.losses import hard_loss, soft_loss
from app.teaching.checks.gradients import hard, limit, soft, untrained


@pytest.mark.parametrize("temperature", [1.0, 4.0, 20.0, 1000.0])
def test_what_lessons_say_of_gradients_is_what_training_does(temperature: float) -> None:
    """Summed losses, so that each image has the gradient that it has alone; by autograd of the core, in float64."""
    known, images = untrained("mnist"), 50
    teacher = torch.tensor(known.teacher[:images])
    student = torch.tensor(known.student[:images], requires_grad=True)
    labels = torch.tensor(known.labels[:images])
    losses = {
        "hard": images * hard_loss(student, labels),
        "soft": images * soft_loss(student, teacher, temperature),
    }
    slopes = {name: torch.autograd.grad(loss, student)[0].numpy() for name, loss in losses.items()}
    np.testing.assert_allclose(hard(known)[:images], slopes["hard"], atol=1e-9)
    np.testing.assert_allclose(soft(known, temperature)[:images], slopes["soft"], atol=1e-9)
    unscaled = soft(known, temperature, squared=False)[:images]
    np.testing.assert_allclose(unscaled, slopes["soft"] / temperature**2, atol=1e-9)


def test_the_limit_is_the_slope_of_matching_centred_logits() -> None:
    known = untrained("mnist")
    teacher, student = torch.tensor(known.teacher), torch.tensor(known.student, requires_grad=True)
    apart = (student - student.mean(1, keepdim=True)) - (teacher - teacher.mean(1, keepdim=True))
    (slope,) = torch.autograd.grad(apart.square().mean(1).sum() / 2, student)
    np.testing.assert_allclose(limit(known), slope.numpy(), atol=1e-9)
