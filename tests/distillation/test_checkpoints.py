"""Weights on disk: what was recorded, or a clear sentence."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest
import safetensors.torch
import torch

from app.catalog import available
from app.distillation.checkpoints import CheckpointError, load_teacher, read_tensors, read_weights, write_tensors
from tests.distillation import small


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> available.TeacherEntry:
    """A random teacher, shipped as halves, in a folder of its own."""
    monkeypatch.setattr(available, "PRETRAINED", tmp_path)
    weights = {
        name: v.half() if v.is_floating_point() else v for name, v in small.random_teacher().state_dict().items()
    }
    path = tmp_path / "teachers" / "tiny.safetensors"
    path.parent.mkdir()
    safetensors.torch.save_file(weights, path)
    return dataclasses.replace(small.shipped(path, "small"), file=path.name)


def test_a_teacher_comes_back_frozen_and_in_full_precision(entry: available.TeacherEntry) -> None:
    teacher = load_teacher(entry)
    assert not teacher.training
    assert all(p.dtype == torch.float32 and not p.requires_grad for p in teacher.parameters())
    for name, value in small.random_teacher().state_dict().items():
        found = teacher.state_dict()[name]
        assert found.dtype == value.dtype
        torch.testing.assert_close(found, value.half().to(value.dtype) if value.is_floating_point() else value)


def damages(content: bytes) -> dict[str, bytes]:
    changed = bytearray(content)
    changed[-3] ^= 1  # one bit of one weight
    return {
        "cut short": content[: len(content) // 2],
        "one byte less": content[:-1],
        "one bit changed": bytes(changed),
        "empty": b"",
        "something else": b"<html>Not found</html>",
    }


@pytest.mark.parametrize("damage", ["cut short", "one byte less", "one bit changed", "empty", "something else"])
def test_a_damaged_file_is_refused_with_the_way_out(entry: available.TeacherEntry, damage: str) -> None:
    entry.path.write_bytes(damages(entry.path.read_bytes())[damage])
    with pytest.raises(CheckpointError, match="changed or cut short") as caught:
        load_teacher(entry)
    assert "git checkout pretrained/teachers/tiny.safetensors" in str(caught.value)
    assert "python -m pretrained.train_teachers tiny" in str(caught.value)


def test_a_missing_file_is_a_sentence(entry: available.TeacherEntry) -> None:
    entry.path.unlink()
    with pytest.raises(CheckpointError, match=r"tiny.safetensors cannot be read .*git checkout"):
        load_teacher(entry)


def test_weights_of_another_network_are_refused(entry: available.TeacherEntry) -> None:
    with pytest.raises(CheckpointError, match="do not fit the teacher"):
        load_teacher(dataclasses.replace(entry, widths=(4, 6, 10)))


def test_bytes_that_are_no_safetensors_are_refused_even_with_their_own_digest(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"not tensors")
    with pytest.raises(CheckpointError, match=r"not in safetensors format\. Do this"):
        read_weights(path, hashlib.sha256(b"not tensors").hexdigest(), "Do this.")


def test_writing_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "folder" / "x.safetensors"
    write_tensors(path, {"a": torch.ones(2, 3).T}, {"note": "first"})
    before = path.read_bytes()

    def disk_full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", disk_full)
    with pytest.raises(OSError, match="No space"):
        write_tensors(path, {"a": torch.zeros(2)}, {})
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["x.safetensors"]
    assert torch.equal(safetensors.torch.load_file(path)["a"], torch.ones(3, 2))


def test_a_flipped_bit_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    path, tensors = tmp_path / "x.safetensors", {"a": torch.arange(12.0).view(3, 4), "update": torch.tensor(7)}
    write_tensors(path, tensors, {"epoch": "3"})
    content = path.read_bytes()
    noticed = 0
    for place in range(len(content)):
        for bit in (1, 64):
            changed = bytearray(content)
            changed[place] ^= bit
            path.write_bytes(bytes(changed))
            try:
                read, _ = read_tensors(path)
            except ValueError:
                noticed += 1
                continue
            assert read.keys() == tensors.keys(), "only words about the numbers may be other ones"
            assert all(torch.equal(read[name], tensors[name]) for name in tensors)
    assert noticed > len(content)
    path.write_bytes(content)
    read, about = read_tensors(path)
    assert about["epoch"] == "3" and torch.equal(read["a"], tensors["a"])


def test_a_file_of_an_earlier_version_has_no_digest_and_is_read(tmp_path: Path) -> None:
    safetensors.torch.save_file({"a": torch.ones(2)}, tmp_path / "x.safetensors", {"epoch": "3"})
    read, about = read_tensors(tmp_path / "x.safetensors")
    assert torch.equal(read["a"], torch.ones(2)) and about == {"epoch": "3"}


@pytest.mark.parametrize("teacher", list(available.teachers().values()), ids=lambda entry: entry.id)
def test_shipped_teachers_load(teacher: available.TeacherEntry) -> None:
    assert load_teacher(teacher).get_parameter("head.weight").shape[0] == 10
