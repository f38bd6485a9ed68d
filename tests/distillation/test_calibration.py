"""Temperature scaling against scipy, and what it may and may not change."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from torch import Tensor

from app.distillation import metrics
from app.distillation.calibration import HIGHEST, LOWEST, scaling_temperature
from app.distillation.training import Training
from tests.distillation import small


def drawn(seed: int, students: int = 3, images: int = 200, size: float = 4.0) -> tuple[Tensor, Tensor]:
    """Logits of students that are right on some images, and labels."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.randint(10, (images,), generator=draw)
    logits = size * torch.randn(students, images, 10, generator=draw)
    return logits + size * torch.nn.functional.one_hot(labels, 10), labels


@given(st.integers(0, 10**6), st.floats(0.3, 8))
def test_the_temperature_is_that_of_the_least_loss(seed: int, size: float) -> None:
    logits, labels = drawn(seed, size=size)
    found = scaling_temperature(logits, labels)
    assert found.shape == (3,) and found.dtype == torch.float64
    for student, temperature in zip(logits.double(), found.tolist(), strict=True):
        best = minimize_scalar(lambda log_t, z=student: float(metrics.nll(z / 2.718281828**log_t, labels)), (-1, 1))
        scaled = float(metrics.nll(student / temperature, labels))
        assert scaled <= best.fun + 1e-9 and scaled <= float(metrics.nll(student, labels)) + 1e-12
        assert temperature == pytest.approx(float(torch.tensor(best.x).exp()), rel=1e-3)


def test_a_student_that_is_scaled_already_is_left_alone_and_one_twice_as_sure_is_halved() -> None:
    logits, labels = drawn(7)
    scaled = logits / scaling_temperature(logits, labels)[:, None, None]
    torch.testing.assert_close(scaling_temperature(scaled, labels), torch.ones(3).double(), rtol=1e-6, atol=0)
    torch.testing.assert_close(scaling_temperature(2 * scaled, labels), torch.full((3,), 2.0).double())


def test_it_stays_in_its_bounds() -> None:
    labels = torch.arange(10)
    right, wrong = 5 * torch.eye(10), -5 * torch.eye(10)
    bounds = scaling_temperature(torch.stack([right, wrong]), labels)
    torch.testing.assert_close(bounds, torch.tensor([LOWEST, HIGHEST]).double(), rtol=1e-6, atol=0)


def test_a_run_tells_it_at_its_end_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    small.declare(monkeypatch)
    training = Training(small.SmallPlan(labels=20), small.small_material(), dtype=torch.float64)
    while training.update < training.updates:
        assert training.evaluate().arrays.keys() == {"logits"}
        training.step()
    end = training.evaluate()
    logits, labels = training.test_logits(), training.material.test_labels
    temperature = end.arrays["scaling_temperature"]
    assert temperature.shape == (2, 3) and not torch.equal(temperature, torch.ones(2, 3).double())
    for arm in range(2):
        for seed in range(3):
            rows = training.validation_rows()
            assert rows is not None
            images = training.material.pool_images[rows[seed]].double().expand(3, -1, -1, -1, -1)
            alone = training.cohort.answer(images).logits[seed, arm].detach()
            fitted = float(scaling_temperature(alone, training.material.pool_labels[rows[seed]]))
            assert float(temperature[arm, seed]) == pytest.approx(fitted)
            scaled = logits[arm, seed] / fitted
            assert float(end.arrays["scaled_nll"][arm, seed]) == pytest.approx(float(metrics.nll(scaled, labels)))
            assert float(end.arrays["scaled_ece"][arm, seed]) == pytest.approx(float(metrics.ece(scaled, labels)))


def test_without_validation_images_nothing_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    small.declare(monkeypatch)
    training = Training(small.SmallPlan(labels=60, epochs=1), small.small_material())
    for _ in range(training.updates):
        training.step()
    assert training.validate() is None and training.evaluate().arrays.keys() == {"logits"}
