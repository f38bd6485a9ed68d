"""What is told in place of the teacher's logits: what each takes away, and that it takes nothing else."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from app.catalog.declared import METHODS, Arm
from app.distillation import losses
from app.distillation.datasets import Material
from app.distillation.marks import MARKS, even, mean_margin, shuffled, told
from app.distillation.training import Training
from tests.distillation import small

random_seeds, SEEDS = st.integers(0, 2**31), (5, 6)


def drawn(seed: int) -> tuple[Tensor, Tensor]:
    """Logits (images, classes) and labels, which are not always the top class."""
    draw = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(12, 10, generator=draw), torch.randint(10, (12,), generator=draw)


@given(random_seeds, st.sampled_from(["shuffled", "equal"]))
def test_the_top_answer_and_all_that_is_left_for_the_others_stay(seed: int, method: str) -> None:
    logits, labels = drawn(seed)
    for marks in MARKS[method](logits, labels, SEEDS):
        assert torch.equal(marks.argmax(-1), logits.argmax(-1))
        assert torch.equal(marks.amax(-1), logits.amax(-1))
        torch.testing.assert_close(marks.sum(-1), logits.sum(-1))


@given(random_seeds)
def test_shuffled_keeps_every_value_and_is_the_seeds_own(seed: int) -> None:
    logits, labels = drawn(seed)
    marks = shuffled(logits, labels, SEEDS)
    assert torch.equal(marks.sort(-1).values, logits.sort(-1).values.expand(2, 12, 10))
    assert not torch.equal(marks[0], marks[1]) and torch.equal(marks, shuffled(logits, labels, SEEDS))
    assert torch.equal(marks[1:], shuffled(logits, labels, SEEDS[1:])), "whoever else is trained"


@given(random_seeds)
def test_nine_equal_say_nothing_of_who_is_like_whom(seed: int) -> None:
    logits, labels = drawn(seed)
    (marks,) = MARKS["equal"](logits, labels, SEEDS)
    others = marks.scatter(-1, logits.argmax(-1, keepdim=True), torch.nan).nanmean(-1)
    assert all(len(set(row.tolist())) == 2 for row in marks)
    torch.testing.assert_close(9 * others + logits.amax(-1), logits.sum(-1))
    torch.testing.assert_close(MARKS["equal"](marks, labels, SEEDS)[0], marks)  # there is no more to take


@given(random_seeds, st.floats(1, 20))
def test_even_softness_is_a_smoothed_label_and_looks_at_no_image(seed: int, temperature: float) -> None:
    logits, labels = drawn(seed)
    (marks,) = even(logits, labels, SEEDS)
    told_of, margin = (marks / temperature).softmax(-1), float(mean_margin(logits))
    share = torch.tensor(margin / temperature).exp()
    smoothed = torch.full((12, 10), 1 / float(share + 9))
    torch.testing.assert_close(told_of, smoothed.scatter(-1, labels.unsqueeze(-1), float(share / (share + 9))))
    torch.testing.assert_close(even(logits.flip(-1), labels, SEEDS)[0], marks)  # only the mean margin counts
    torch.testing.assert_close(mean_margin(MARKS["equal"](logits, labels, SEEDS)[0]), mean_margin(logits))


def test_a_batch_is_told_what_its_images_are() -> None:
    marks, rows = torch.arange(24.0).view(2, 4, 3), torch.tensor([[3, 0], [1, 1]])
    assert told(marks, rows).tolist() == [[[9, 10, 11], [0, 1, 2]], [[15, 16, 17], [15, 16, 17]]]
    assert torch.equal(told(marks[:1], rows)[1, 0], marks[0, 1])


@pytest.mark.parametrize("method", MARKS)
def test_a_student_is_told_its_marks_and_nothing_else(material: Material, method: str) -> None:
    """Its loss is that of soft labels from a teacher that says just this."""
    assert METHODS[method].uses_temperature and METHODS[method].ablation
    told_less = Training(small.SmallPlan(seeds=(3, 4), arms=(Arm("distilled", method, 4.0, 0.9),)), material)
    marks = MARKS[method](material.pool_logits, material.pool_labels, (3, 4))
    rows = told_less.rows()
    found = told_less.losses(rows)["soft"]
    for place, seed in enumerate((3, 4)):
        instead = dataclasses.replace(material, pool_logits=marks[place if len(marks) > 1 else 0])
        plain = Training(small.SmallPlan(seeds=(seed,), arms=(small.KD,)), instead)
        torch.testing.assert_close(found[place], plain.losses(rows[place : place + 1])["soft"][0])
    plain_loss = losses.soft_loss(torch.zeros(2, 10), torch.zeros(2, 10), 4.0)
    assert float(plain_loss) == 0 and bool((found > 0).all())


def test_the_margin_of_the_shipped_teacher_is_what_the_lesson_says() -> None:
    """11.8, on the images that MNIST's students learn from: the logit of an evenly softened label."""
    from app.distillation.datasets import load_material

    assert float(mean_margin(load_material("mnist", "mnist").pool_logits)) == pytest.approx(11.8, abs=0.05)
