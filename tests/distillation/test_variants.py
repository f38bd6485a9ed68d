"""What students learn from, changed: long tail, spurious cue, wrong labels, and a class left out, each by its seed."""

from __future__ import annotations

import dataclasses
from importlib import import_module
from pkgutil import iter_modules

import pytest
import torch

from app.catalog.variants import VARIANTS, DataVariant
from app.distillation import variants
from app.distillation.datasets import Material, OfficialTests, teacher_logits
from app.distillation.training import Training
from app.distillation.variants import unseen, varied
from tests.distillation import small

SEEDS = (3, 4)
PLAN = small.SmallPlan(labels=20, unlabelled=5, epochs=2, seeds=SEEDS)


def vary(material: Material, name: str, amount: float, seed: int = 3) -> Material:
    return varied(material, [DataVariant(name, amount)], [seed])[0]


def test_each_is_declared_and_made() -> None:
    assert set(VARIANTS) == {module.name for module in iter_modules(variants.__path__)}
    for name in VARIANTS:
        assert callable(import_module(f"{variants.__name__}.{name}").vary)


def test_a_long_tail_falls_from_the_most_frequent_class_to_the_rarest(material: Material) -> None:
    labels = torch.arange(10).repeat_interleave(40)
    images = torch.randn(400, 1, 12, 12)
    balanced = dataclasses.replace(material, pool_images=images, pool_labels=labels, pool_logits=torch.randn(400, 10))
    tail = vary(balanced, "long_tail", 20)
    counts = sorted(torch.bincount(tail.pool_labels, minlength=10).tolist(), reverse=True)
    assert counts == [round(40 * 20 ** (-rank / 9)) for rank in range(10)] and counts[0] == 20 * counts[-1]
    kept = {image.numpy().tobytes(): int(label) for image, label in zip(images, labels, strict=True)}
    for image, label in zip(tail.pool_images, tail.pool_labels, strict=True):
        assert kept[image.numpy().tobytes()] == label, "an image keeps its label"
    assert torch.equal(tail.test_labels, balanced.test_labels)
    tails = [vary(balanced, "long_tail", 20, seed).pool_labels for seed in range(8)]
    assert len({int(torch.bincount(one).argmax()) for one in tails}) > 1, "which class is frequent is the seed's"
    assert len(vary(balanced, "long_tail", 1).pool_labels) == 400, "1: no tail"


def test_labelled_images_of_a_long_tail_are_as_frequent_as_in_the_pool(material: Material) -> None:
    labels = torch.arange(10).repeat_interleave(100)
    images, logits = torch.randn(1000, 1, 12, 12), torch.randn(1000, 10)
    balanced = dataclasses.replace(material, pool_images=images, pool_labels=labels, pool_logits=logits)
    plan = dataclasses.replace(PLAN, labels=100, variants=(DataVariant("long_tail", 50),))
    training = Training(plan, balanced)
    for row in training.subsets:
        counts = torch.bincount(training.material.pool_labels[row], minlength=10)
        assert counts.max() > 5 * counts.min() and counts.sum() == 100


def test_what_the_rarest_classes_have_beside_a_long_tail_has_no_label(material: Material) -> None:
    labels = torch.arange(10).repeat_interleave(40)
    images, logits = torch.randn(400, 1, 12, 12), torch.randn(400, 10)
    balanced = dataclasses.replace(material, pool_images=images, pool_labels=labels, pool_logits=logits)
    tail = vary(balanced, "long_tail", 20).pool_labels
    named = len(tail)
    changes = (DataVariant("tail_unlabelled", 20),)
    plan = dataclasses.replace(PLAN, labels=named, unlabelled=60, variants=changes)
    training = Training(plan, balanced)
    known = training.material.pool_labels
    assert torch.equal(known[training.subsets[0]].bincount(), tail.bincount()), "the labelled are the long tail"
    rare = set(torch.bincount(tail).argsort()[:3].tolist())
    beside = known[training.unlabelled[0]]
    assert set(beside.tolist()) <= rare and len(beside) == 60
    assert not set(training.subsets[0].tolist()) & set(training.unlabelled[0].tolist())
    with pytest.raises(ValueError, match="labels must be between 1 and"):
        Training(dataclasses.replace(plan, labels=named + 1), balanced)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9])
def test_noise_makes_so_many_labels_wrong_and_nothing_else(material: Material, share: float) -> None:
    noisy = vary(material, "noise", share)
    assert (noisy.pool_labels != material.pool_labels).sum() == round(share * len(material.pool_labels))
    assert noisy.pool_labels.min() >= 0 and noisy.pool_labels.max() <= material.pool_labels.max()
    for name in ("pool_images", "pool_logits", "test_images", "test_labels", "test_logits"):
        assert torch.equal(getattr(noisy, name), getattr(material, name))


@pytest.mark.parametrize("share", [0.0, 0.8, 1.0])
def test_a_cue_tells_the_class_of_so_many_images_and_nothing_in_the_test(material: Material, share: float) -> None:
    from app.distillation.variants.spurious_cue import marked

    cued = vary(material, "spurious_cue", share)
    own = marked(material.pool_images, material.pool_labels, 10)
    told = (cued.pool_images == own).flatten(1).all(1).double().mean()
    assert share <= told <= share + 0.35, "by chance some of the others have the cue of their class, too"
    test = (cued.test_images == marked(material.test_images, material.test_labels, 10)).flatten(1).all(1)
    assert test.double().mean() < 0.4
    assert not torch.equal(cued.pool_images, material.pool_images)
    assert torch.equal(cued.pool_images[:, :, 2:], material.pool_images[:, :, 2:]), "only the upper edge"
    assert material.teacher is not None
    torch.testing.assert_close(cued.pool_logits, teacher_logits(material.teacher, cued.pool_images))
    torch.testing.assert_close(cued.test_logits, teacher_logits(material.teacher, cued.test_images))
    pixels, labels = torch.full((9, 1, 12, 12), 7, dtype=torch.uint8), torch.arange(9)
    pixels[0, 0, 5, 5] = 255
    tests = OfficialTests(pixels, labels, (0.0,), (1.0,), "o" * 64, teacher_accuracy=0.9)
    final = vary(dataclasses.replace(material, official=tests), "spurious_cue", share).official
    assert final is not None and final.teacher_accuracy is None, "it was not asked about images with a cue"
    assert torch.equal(final.images[:, :, 2:], pixels[:, :, 2:])
    assert ((final.images[:, :, :2] == 255).flatten(1).sum(1) >= 2).all(), "a cue in every image"
    again = vary(material, "spurious_cue", share, seed=4)
    assert torch.equal(again.test_images, cued.test_images), "one test for all seeds"


@pytest.mark.parametrize(("name", "amount"), [("noise", 0.4), ("spurious_cue", 0.9), ("long_tail", 3.0)])
def test_each_seed_has_a_change_of_its_own_and_gets_what_it_would_get_alone(
    material: Material, name: str, amount: float
) -> None:
    plan = dataclasses.replace(PLAN, labels=10, variants=(DataVariant(name, amount),))
    together = small.trained(plan, material)
    one, other = (vary(material, name, amount, seed) for seed in SEEDS)
    assert not (torch.equal(one.pool_labels, other.pool_labels) and torch.equal(one.pool_images, other.pool_images))
    weights = together.weights()
    for place, seed in enumerate(SEEDS):
        alone = small.trained(dataclasses.replace(plan, seeds=(seed,)), material).weights()
        for key, value in alone.items():
            torch.testing.assert_close(value, weights[key.replace("seed0", f"seed{place}")], rtol=0, atol=1e-9)


def test_students_learn_from_and_validate_on_their_own_seeds_images(material: Material) -> None:
    plan = dataclasses.replace(PLAN, variants=(DataVariant("noise", 0.5),))
    training = Training(plan, material)
    size = len(material.pool_labels)
    for place, rows in enumerate(training.taught):
        assert (rows // size == place).all()


def test_changes_are_made_in_order(material: Material) -> None:
    both = varied(material, [DataVariant("left_out", 3), DataVariant("noise", 0.5)], SEEDS)[0]
    assert len(both.pool_labels) == 2 * int((material.pool_labels != 3).sum())
    assert (both.pool_labels == 3).any(), "a wrong label may name the class that is left out"


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        (DataVariant("fog", 1.0), "variant must be one of left_out"),
        (DataVariant("noise", 1.0), "noise must be 0 to 0.9"),
        (DataVariant("long_tail", 0.5), "long_tail must be 1 to 100"),
        (DataVariant("spurious_cue", float("nan")), "spurious_cue must be 0 to 1"),
    ],
)
def test_an_unknown_or_impossible_change(material: Material, variant: DataVariant, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        varied(material, [variant], SEEDS)


def test_only_a_class_of_the_images_can_be_left_out(material: Material) -> None:
    three = dataclasses.replace(material, pool_logits=material.pool_logits[:, :3])
    with pytest.raises(ValueError, match="left_out must be a class, 0 to 2, got 3"):
        vary(three, "left_out", 3)


def test_a_cue_needs_a_teacher_to_ask(material: Material) -> None:
    with pytest.raises(ValueError, match="must be a teacher for a spurious cue"):
        vary(dataclasses.replace(material, teacher=None), "spurious_cue", 0.5)


def test_unseen_images_are_official_ones_and_none_of_them_is_tested_on(material: Material) -> None:
    """The teacher marks what it sees, labels go along, and the images of the curve stay."""
    shown = torch.arange(40, dtype=torch.uint8).view(40, 1, 1, 1).expand(40, 1, 12, 12).contiguous()
    official = OfficialTests(shown, torch.arange(40) % 10, (0.5,), (2.0,), "digest", 0.9)
    known = dataclasses.replace(material, official=official)
    changed = unseen.vary(known, 3, 30)
    pixels = ((changed.pool_images[:, 0, 0, 0] * 2.0 + 0.5) * 255).round().int().tolist()
    assert changed.official is not None
    rest = changed.official.images[:, 0, 0, 0].tolist()
    assert sorted(pixels + rest) == list(range(40)) and len(rest) == 10
    assert changed.pool_labels.tolist() == [pixel % 10 for pixel in pixels]
    assert changed.official.labels.tolist() == [pixel % 10 for pixel in rest] and not changed.official.teacher_accuracy
    assert material.teacher is not None
    torch.testing.assert_close(changed.pool_logits, teacher_logits(material.teacher, changed.pool_images))
    assert torch.equal(changed.test_images, material.test_images)
    for without in (material, dataclasses.replace(known, teacher=None)):
        with pytest.raises(ValueError, match="unseen must be at most"):
            unseen.vary(without, 3, 30)
    with pytest.raises(ValueError, match="at most 39 official test images, with a teacher to mark them, got 40"):
        unseen.vary(known, 3, 40)
