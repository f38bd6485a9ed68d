"""Packs: what is written is read, what is damaged is refused, and a failing write changes nothing."""

from __future__ import annotations

import errno
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.catalog.pack import (
    POOL,
    TEST,
    Pack,
    PackError,
    evenly,
    image_hashes,
    read_about,
    read_pack,
    small_pack,
    write_pack,
)


def pack_of(n: int = 12, channels: int = 1, side: int = 4, classes: int = 3, seed: int = 0) -> Pack:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, channels, side, side), dtype=np.uint8)
    labels = (np.arange(n) % classes).astype(np.uint8)
    split = np.where(np.arange(n) < 2 * n // 3, POOL, TEST).astype(np.uint8)
    return Pack(images, labels, split, {"classes": [f"class {i}" for i in range(classes)], "source": "made up"})


def same(one: Pack, other: Pack) -> bool:
    arrays = ((one.images, other.images), (one.labels, other.labels), (one.split, other.split))
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in arrays) and one.about == other.about


packs = st.builds(
    lambda images, classes, seed, about: Pack(
        images,
        np.random.default_rng(seed).integers(0, len(classes), len(images), dtype=np.uint8),
        np.random.default_rng(seed + 1).integers(0, 2, len(images), dtype=np.uint8),
        {**about, "classes": classes},
    ),
    hnp.arrays(np.uint8, st.tuples(st.integers(0, 6), st.sampled_from([1, 3]), st.integers(1, 5), st.integers(1, 5))),
    st.lists(st.text(max_size=12), min_size=1, max_size=10),
    st.integers(0, 2**32),
    st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers() | st.booleans(), max_size=4),
)


@given(pack=packs, compress=st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, pack: Pack, compress: bool) -> None:
    path = tmp_path_factory.mktemp("pack") / "set.npz"
    write_pack(path, pack, compress=compress)
    found = read_pack(path)
    assert same(found, pack)
    assert found.digest() == pack.digest()
    assert read_about(path) == pack.about
    with pytest.raises(ValueError, match="read-only"):
        found.images[...] = 0


@pytest.mark.parametrize("compress", [False, True])
def test_every_truncation_is_refused(tmp_path: Path, compress: bool) -> None:
    path = tmp_path / "set.npz"
    write_pack(path, pack_of(), compress=compress)
    whole = path.read_bytes()
    for length in {0, 1, 3, 10, *range(20, len(whole), max(1, len(whole) // 60)), len(whole) - 1}:
        path.write_bytes(whole[:length])
        with pytest.raises(PackError, match=r"set\.npz is damaged"):
            read_pack(path)


@given(at=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255), compress=st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_flipped_byte_never_changes_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, at: float, flip: int, compress: bool
) -> None:
    path = tmp_path_factory.mktemp("pack") / "set.npz"
    pack = pack_of()
    write_pack(path, pack, compress=compress)
    raw = bytearray(path.read_bytes())
    raw[int(at * len(raw))] ^= flip
    path.write_bytes(raw)
    try:
        found = read_pack(path)
    except PackError:
        return
    assert same(found, pack)  # a date or such


def stored(path: Path, **arrays: Any) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asanyarray(array), allow_pickle=True)
            archive.writestr(f"{name}.npy", content.getvalue())
    return path


def about_bytes(value: Any) -> np.ndarray[Any, Any]:
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


GOOD: dict[str, Any] = {
    "images": np.zeros((4, 1, 2, 2), np.uint8),
    "labels": np.zeros(4, np.uint8),
    "split": np.zeros(4, np.uint8),
    "about": about_bytes({"classes": ["a", "b"]}),
}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"images": np.zeros((4, 1, 2, 2), np.float32)}, "not 8-bit"),
        ({"labels": np.zeros(4, np.int64)}, "not 8-bit"),
        ({"split": np.zeros(4, bool)}, "not 8-bit"),
        ({"images": np.zeros((4, 2, 2, 2), np.uint8)}, "shape"),
        ({"images": np.zeros((4, 4), np.uint8)}, "shape"),
        ({"labels": np.zeros(3, np.uint8)}, "differ in length"),
        ({"split": np.zeros((4, 1), np.uint8)}, "differ in length"),
        ({"split": np.full(4, 2, np.uint8)}, "other than 0 and 1"),
        ({"labels": np.full(4, 2, np.uint8)}, "no class name"),
        ({"about": about_bytes({"classes": "ab"})}, "name its classes"),
        ({"about": about_bytes([1])}, "name its classes"),
        ({"about": np.frombuffer(b"{", np.uint8)}, "damaged"),
        ({"about": np.frombuffer(b"\xff\xfe", np.uint8)}, "damaged"),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(tmp_path: Path, changed: dict[str, Any], problem: str) -> None:
    path = stored(tmp_path / "set.npz", **GOOD | changed)
    with pytest.raises(PackError, match=problem):
        read_pack(path)


class Explosive:
    """Would leave a file behind if anything unpickled it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["images", "labels", "split", "about"])
def test_nothing_is_unpickled(tmp_path: Path, name: str) -> None:
    mark = tmp_path / "ran"
    path = stored(tmp_path / "set.npz", **GOOD | {name: np.array([Explosive(mark)], object)})
    with pytest.raises(PackError, match="damaged"):
        read_pack(path)
    assert not mark.exists()


def test_what_is_no_pack_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="not on this machine"):
        read_pack(tmp_path / "gone.npz")
    with pytest.raises(PackError, match="not on this machine"):
        read_about(tmp_path / "gone.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(PackError, match="cannot be read"):
        read_pack(tmp_path / "folder.npz")
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(PackError, match="damaged"):
        read_pack(tmp_path / "array.npy")
    with pytest.raises(PackError, match="what it is"):
        read_about(stored(tmp_path / "set.npz", **GOOD | {"about": about_bytes([1])}))
    missing = {name: array for name, array in GOOD.items() if name != "labels"}
    with pytest.raises(PackError, match="labels"):
        read_pack(stored(tmp_path / "set.npz", **missing))


def test_a_failing_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "set.npz"
    old = pack_of(seed=1)
    write_pack(path, old)

    def fills_up(file: io.BufferedWriter, **arrays: Any) -> None:
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", fills_up)
    with pytest.raises(OSError, match="No space left"):
        write_pack(path, pack_of(seed=2))
    assert same(read_pack(path), old)
    assert [file.name for file in tmp_path.iterdir()] == ["set.npz"]


def test_a_write_replaces_in_one_move(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "set.npz"
    write_pack(path, pack_of(seed=1))
    write_pack(path, pack_of(seed=2), compress=True)
    assert same(read_pack(path), pack_of(seed=2))
    assert [file.name for file in path.parent.iterdir()] == ["set.npz"]


# ── choosing ─────────────────────────────────────────────────────────────────────────────────────────────────────


@given(
    labels=hnp.arrays(np.uint8, st.integers(0, 60), elements=st.integers(0, 4)),
    count=st.integers(0, 70),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=80, deadline=None)
def test_evenly_is_even_and_knows_no_order(labels: np.ndarray[Any, Any], count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    hashes = rng.permutation(len(labels)).astype(np.uint64)
    chosen = evenly(labels, hashes, count)
    assert len(chosen) == min(count, len(labels)) == len(set(chosen.tolist()))
    taken, there = np.bincount(labels[chosen], minlength=5), np.bincount(labels, minlength=5)
    assert (np.minimum(there, taken.max(initial=0) - 1) <= taken).all()  # short only where there are no more
    order = rng.permutation(len(labels))
    shuffled = order[evenly(labels[order], hashes[order], count)]
    assert hashes[shuffled].tolist() == hashes[chosen].tolist()


def test_evenly_takes_an_image_once() -> None:
    hashes = np.array([5, 5, 1, 1, 2], np.uint64)
    assert sorted(hashes[evenly(np.zeros(5, np.uint8), hashes, 5)].tolist()) == [1, 2, 5]


def test_small_pack_is_balanced_without_overlap_and_in_no_order() -> None:
    full = pack_of(n=300, classes=5)
    images = full.images.copy()
    images[0], images[1] = images[299], images[2]  # one to learn from is one to test on; one is there twice
    full = Pack(images, full.labels, full.split, full.about)
    part = small_pack(full, 100, 50)
    assert np.bincount(part.labels[part.pool]).tolist() == [20] * 5
    assert np.bincount(part.labels[part.test]).tolist() == [10] * 5
    hashes = image_hashes(part.images)
    assert len(set(hashes.tolist())) == 150
    every = small_pack(full, 1000, 1000)
    assert not set(image_hashes(every.images[every.pool]).tolist()) & set(image_hashes(full.images[full.test]).tolist())
    order = np.random.default_rng(3).permutation(300)
    again = small_pack(Pack(full.images[order], full.labels[order], full.split[order], full.about), 100, 50)
    assert again.digest() == part.digest()
    assert len(set(part.labels[part.pool][:20].tolist())) > 1
