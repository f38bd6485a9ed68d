"""The small world of `small.py`, declared for one test."""

from __future__ import annotations

import pytest

from app.distillation.datasets import Material
from tests.distillation import small


@pytest.fixture
def material(monkeypatch: pytest.MonkeyPatch) -> Material:
    small.declare(monkeypatch)
    return small.small_material()
