"""What shipped teachers answer to embedded images: it comes along, and is what they answer."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from app.catalog import paths
from app.catalog.available import TeacherEntry
from app.catalog.declared import DataSet
from app.distillation import datasets
from app.distillation.datasets import CHECKED, SHIPPED, TOLERANCE, load_material, teacher_logits
from app.distillation.models import Network
from pretrained.ask_teachers import file_of, pairs

PAIRS = [pytest.param(*pair, id=f"{pair[1].id} on {pair[0].id}") for pair in pairs()]


def test_there_is_a_file_for_every_teacher_and_set_and_no_other() -> None:
    assert {file_of(*pair) for pair in pairs()} == set(SHIPPED.iterdir())


@pytest.mark.parametrize(("data", "entry"), PAIRS)
def test_a_fresh_home_asks_a_shipped_teacher_about_a_sample_alone(
    data: DataSet, entry: TeacherEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the first point of the first run comes at once, and the numbers are the same in every home."""
    asked: list[int] = []

    def counted(teacher: Network, images: Tensor, batch: int = 250) -> Tensor:
        asked.append(len(images))
        return teacher_logits(teacher, images, batch)

    monkeypatch.setattr(datasets, "teacher_logits", counted)
    material = load_material(data.id, entry.id)
    assert asked == [CHECKED]
    assert not (paths.home() / "cache").exists()
    assert material.teacher is not None
    for images, logits in (
        (material.pool_images, material.pool_logits),
        (material.test_images, material.test_logits),
    ):
        rows = torch.arange(3, len(images), 101)
        torch.testing.assert_close(teacher_logits(material.teacher, images[rows]), logits[rows], rtol=0, atol=TOLERANCE)
