"""Material: balanced subsets, and teacher logits that belong to their images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from app.catalog import available, declared, paths
from app.catalog.pack import PackError, read_pack
from app.distillation import checkpoints, datasets
from app.distillation.checkpoints import CheckpointError
from app.distillation.datasets import cached_logits, labelled_subset, load_material, standardised, teacher_logits
from app.distillation.models import Network
from tests.distillation import small

# ── subsets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def counts(labels: Tensor, rows: Tensor) -> Tensor:
    return torch.bincount(labels[rows], minlength=int(labels.max()) + 1)


@given(st.lists(st.integers(0, 4), min_size=5, max_size=60), st.data())
def test_a_subset_is_as_balanced_as_can_be(raw: list[int], data: st.DataObject) -> None:
    labels = torch.tensor(raw)
    count = data.draw(st.integers(1, len(raw)))
    rows = labelled_subset(labels, count, seed=data.draw(st.integers(0, 9)))
    assert len(rows) == count == len(set(rows.tolist()))
    assert torch.equal(rows, rows.sort().values)
    taken, there = counts(labels, rows), torch.bincount(labels)
    # a class that still has images to give has at most one image less than any other
    assert all(taken[c] >= taken.max() - 1 or taken[c] == there[c] for c in range(len(there)))


def test_seeds_draw_other_images_and_other_classes_for_the_rest() -> None:
    labels = torch.arange(10).repeat(40)
    subsets = [labelled_subset(labels, 53, seed) for seed in range(8)]
    assert len({tuple(rows.tolist()) for rows in subsets}) == 8
    assert len({tuple(counts(labels, rows).tolist()) for rows in subsets}) > 4
    assert torch.equal(labelled_subset(labels, 53, 3), subsets[3])


@pytest.mark.parametrize("count", [0, -1, 11])
def test_a_subset_cannot_be_larger_than_the_pool_or_empty(count: int) -> None:
    with pytest.raises(ValueError, match="labels must be between 1 and the 10 images of the pool"):
        labelled_subset(torch.arange(10), count, 0)


# ── the cache of logits ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images the teacher was asked about, call by call."""
    calls: list[int] = []

    def counted(teacher: Network, images: Tensor, batch: int = 250) -> Tensor:
        calls.append(len(images))
        return teacher_logits(teacher, images, batch)

    monkeypatch.setattr(datasets, "teacher_logits", counted)
    return calls


def world() -> tuple[Network, Tensor]:
    return small.random_teacher(), small.blobs(small.GREY)[0]


def test_logits_are_computed_once(tmp_path: Path, asked: list[int]) -> None:
    teacher, images = world()
    cache = tmp_path / "cache" / "logits.safetensors"
    first = cached_logits(cache, teacher, images)
    again = cached_logits(cache, teacher, images)
    assert torch.equal(first, again) and torch.equal(first, teacher_logits(teacher, images))
    assert asked == [110, 16]  # all, then a sample


def rewritten(cache: Path, logits: Tensor, images: Tensor) -> None:
    """A cache that vouches for logits that are not of these images."""
    checkpoints.write_tensors(cache, {"logits": logits}, {"images": checkpoints.tensor_digest(images)})


@pytest.mark.parametrize("change", ["images shuffled", "one pixel changed", "fewer images"])
def test_a_cache_of_other_images_is_refused(tmp_path: Path, asked: list[int], change: str) -> None:
    teacher, images = world()
    cache = tmp_path / "logits.safetensors"
    cached_logits(cache, teacher, images)
    others = images.clone()
    if change == "images shuffled":
        others = images[torch.arange(110).roll(1)]
    elif change == "one pixel changed":
        others[50, 0, 3, 3] += 1e-3
    else:
        others = images[:100]
    assert torch.equal(cached_logits(cache, teacher, others), teacher_logits(teacher, others))
    assert asked == [110, len(others)]
    assert torch.equal(cached_logits(cache, teacher, others), teacher_logits(teacher, others))
    assert asked[2:] == [16]  # and the cache was written anew


def test_a_cache_whose_rows_were_shuffled_is_refused(tmp_path: Path, asked: list[int]) -> None:
    """Even one that vouches for itself: the teacher is asked again about a sample."""
    teacher, images = world()
    cache = tmp_path / "logits.safetensors"
    logits = cached_logits(cache, teacher, images)
    rewritten(cache, logits.roll(1, 0), images)
    assert torch.equal(cached_logits(cache, teacher, images), logits)
    assert asked == [110, 16, 110]


def test_a_cache_of_another_teacher_is_refused(tmp_path: Path) -> None:
    teacher, images = world()
    cache, other = tmp_path / "logits.safetensors", small.random_teacher(seed=1)
    cached_logits(cache, teacher, images)
    assert torch.equal(cached_logits(cache, other, images), teacher_logits(other, images))


@pytest.mark.parametrize("damage", ["cut short", "one value changed", "not tensors", "no record"])
def test_a_damaged_cache_is_refused(tmp_path: Path, damage: str) -> None:
    teacher, images = world()
    cache = tmp_path / "logits.safetensors"
    logits = cached_logits(cache, teacher, images)
    content = cache.read_bytes()
    if damage == "cut short":
        cache.write_bytes(content[:-100])
    elif damage == "one value changed":
        changed = bytearray(content)
        changed[-1] ^= 64
        cache.write_bytes(bytes(changed))
    elif damage == "not tensors":
        cache.write_bytes(b"hello")
    else:
        safetensors.torch.save_file({"logits": logits}, cache)
    assert torch.equal(cached_logits(cache, teacher, images), logits)


def test_a_full_disk_costs_the_cache_not_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "write_tensors", disk_full)
    teacher, images = world()
    cache = tmp_path / "logits.safetensors"
    assert torch.equal(cached_logits(cache, teacher, images), teacher_logits(teacher, images))
    assert not cache.exists()


# ── material ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_images_are_standardised_per_channel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (50, 3, 8, 8), np.uint8)
    mean = tuple((pixels / 255).mean((0, 2, 3)).tolist())
    spread = tuple((pixels / 255).std((0, 2, 3)).tolist())
    found = standardised(pixels, mean, spread)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.mean((0, 2, 3)), torch.zeros(3), rtol=0, atol=1e-5)
    torch.testing.assert_close(found.std((0, 2, 3), correction=0), torch.ones(3), rtol=0, atol=1e-4)


def test_material_of_the_embedded_digits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The pack's own split and labels, in the pack's order; a teacher of the right family."""
    weights = tmp_path / "tiny.safetensors"
    safetensors.torch.save_file(small.random_teacher().state_dict(), weights)
    entry = small.shipped(weights, "mnist")
    monkeypatch.setattr(available, "teachers", lambda: {"tiny": entry})
    material, pack = load_material("mnist", "tiny"), read_pack(declared.DATA["mnist"].path)
    assert material.teacher is not None
    assert (len(material.pool_images), len(material.test_images)) == (4000, 1000)
    assert torch.equal(material.test_labels, torch.from_numpy(pack.labels[pack.test].astype(np.int64)))
    pixels = material.pool_images * 0.3081 + 0.1307
    torch.testing.assert_close(pixels[7] * 255, torch.tensor(pack.images[pack.pool[7]]).float(), rtol=0, atol=1e-3)
    rows = torch.tensor([0, 13, 3999])
    found = teacher_logits(material.teacher, material.pool_images[rows])
    torch.testing.assert_close(material.pool_logits[rows], found, rtol=0, atol=1e-4)
    assert (material.data_digest, material.teacher_digest) == (pack.digest(), entry.sha256)
    (cache,) = (paths.home() / "cache").iterdir()
    assert cache.name.startswith("logits-")

    broken = small.random_teacher().state_dict() | {"head.weight": torch.full((10, 8), torch.nan)}
    safetensors.torch.save_file(broken, weights)
    monkeypatch.setattr(available, "teachers", lambda: {"tiny": small.shipped(weights, "mnist")})
    with pytest.raises(CheckpointError, match="Tiny does not answer every image with finite numbers"):
        load_material("mnist", "tiny")

    with pytest.raises(ValueError, match="teacher tiny knows mnist, not fashion"):
        load_material("fashion", "tiny")
    with pytest.raises(ValueError, match="teacher must be one of tiny, got nobody"):
        load_material("mnist", "nobody")
    with pytest.raises(ValueError, match="data must be one of"):
        load_material("nothing", "tiny")
    with pytest.raises(PackError, match="not on this machine"):
        load_material("mnist-full", "tiny")
