"""Fetching and reading the full sets, from a server on this machine that behaves well or badly."""

from __future__ import annotations

import errno
import gzip
import hashlib
import pickle
import shutil
import tarfile
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalog.families import DOWNLOADS
from app.catalog.pack import POOL, TEST
from app.distillation import fullsets
from app.distillation.fullsets import CIFAR_FOLDER, FetchFailed, fetch, read_cifar, read_idx, read_official
from app.distillation.vision import import_torchvision
from tests.catalog.test_pack import Explosive
from tests.distillation.official import (
    Server,
    archive,
    as_official,
    closed_port,
    colour_batches,
    grey_set,
    idx,
    old_pickle,
    put,
    serving,
)

GREY = grey_set()
COLOUR = colour_batches()
IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


@pytest.fixture
def grey(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving({}) as server:
        server.files |= as_official(monkeypatch, "mnist-full", GREY, [server.url])
        yield server


@pytest.fixture
def colour(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving({}) as server:
        server.files |= as_official(monkeypatch, "cifar10", COLOUR, [server.url])
        yield server


def left(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


def refused(data: str, folder: Path) -> str:
    """The sentence of a fetch that fails; it must leave no part of a file."""
    with pytest.raises(FetchFailed) as caught:
        fetch(data, folder)
    assert not [name for name in left(folder) if "part" in name]
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_the_official_files_are_those_of_torchvision() -> None:
    datasets = import_torchvision().datasets
    for full in DOWNLOADS.values():
        source = getattr(datasets, full.torchvision)
        names = [source.filename] if full.torchvision == "CIFAR10" else [name for name, _ in source.resources]
        assert [part.name for part in full.parts] == names
        assert full.folder == ("" if full.torchvision == "CIFAR10" else f"{full.torchvision}/raw")
        urls, checksum = fullsets._addresses(full, full.parts[0])
        assert urls
        assert all(url.endswith(full.parts[0].name) for url in urls)
        assert len(checksum) == 32


def test_the_checksums_are_of_debians_copy_too() -> None:
    folder = Path("/usr/share/datasets/fashion-mnist")
    if not folder.is_dir():
        pytest.skip("dataset-fashion-mnist is not installed")
    for part in DOWNLOADS["fashion-full"].parts:
        assert fullsets._content_sha256(folder / part.name) == part.sha256


def test_a_grey_set_arrives_with_progress_and_is_fetched_once(tmp_path: Path, grey: Server) -> None:
    told: list[tuple[str, int, int]] = []
    paths = fetch("mnist-full", tmp_path, lambda *what: told.append(what))
    total = sum(len(raw) for raw in grey.files.values())
    assert {phase for phase, _, _ in told} == {"checking what is here", "downloading"}
    assert {whole for _, _, whole in told} == {total}
    done = [bytes_ for phase, bytes_, _ in told if phase == "downloading"]
    assert done == sorted(done)
    assert done[-1] == total
    assert paths == [tmp_path / "MNIST" / "raw" / part.name for part in DOWNLOADS["mnist-full"].parts]
    assert len(grey.asked) == 4

    pack = read_official(paths)
    assert pack.images.shape == (100, 1, 28, 28)
    assert (len(pack.pool), len(pack.test)) == (60, 40)
    assert idx(pack.images[pack.test, 0]) == GREY["t10k-images-idx3-ubyte"]
    assert idx(pack.labels[pack.pool]) == GREY["train-labels-idx1-ubyte"]

    assert fetch("mnist-full", tmp_path) == paths
    assert len(grey.asked) == 4


def test_torchvisions_own_reader_reads_what_was_fetched(tmp_path: Path, grey: Server) -> None:
    fetch("mnist-full", tmp_path)
    for file in (tmp_path / "MNIST" / "raw").glob("*.gz"):
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
        file.unlink()
    found = fetch("mnist-full", tmp_path)  # unpacked by torchvision: still there, still right
    assert len(grey.asked) == 4
    theirs = import_torchvision().datasets.MNIST(tmp_path, train=False, download=False)
    ours = read_official(found)
    assert np.array_equal(theirs.data.numpy(), ours.images[ours.test, 0])


def test_files_put_there_by_hand_are_used(tmp_path: Path, grey: Server) -> None:
    put(tmp_path, {name: raw for name, raw in grey.files.items() if name != IMAGES})
    put(tmp_path / "MNIST" / "raw", {"train-images-idx3-ubyte": GREY["train-images-idx3-ubyte"]})
    paths = fetch("mnist-full", tmp_path)
    assert grey.asked == []
    assert len(read_official(paths).images) == 100


def test_a_connection_that_ends_halfway_is_tried_again(tmp_path: Path, grey: Server) -> None:
    grey.moods[IMAGES] = ["cut"]
    assert read_official(fetch("mnist-full", tmp_path)).images.shape[0] == 100
    assert grey.asked.count(IMAGES) == 2


@pytest.mark.parametrize("mood", ["cut", "wrong"])
def test_damage_leaves_nothing_and_a_retry_fetches_only_what_is_missing(
    tmp_path: Path, grey: Server, mood: str
) -> None:
    grey.moods[LABELS] = [mood] * 2
    sentence = refused("mnist-full", tmp_path)
    assert f"{LABELS} arrived damaged or incomplete" in sentence
    assert "try again" in sentence
    assert left(tmp_path) == [IMAGES]
    grey.asked.clear()
    fetch("mnist-full", tmp_path)
    assert sorted(grey.asked) == sorted(name for name in grey.files if name != IMAGES)


def test_a_file_with_torchvisions_md5_but_another_content_is_refused(
    tmp_path: Path, grey: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = gzip.compress(GREY["train-images-idx3-ubyte"][:-1] + b"\x00", mtime=0)
    grey.files[IMAGES] = other
    source = import_torchvision().datasets.MNIST
    resources = dict(source.resources) | {IMAGES: hashlib.md5(other, usedforsecurity=False).hexdigest()}
    monkeypatch.setattr(source, "resources", list(resources.items()))
    assert "arrived damaged" in refused("mnist-full", tmp_path)
    assert left(tmp_path) == []


def test_the_next_mirror_is_asked(tmp_path: Path, grey: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_torchvision().datasets.MNIST, "mirrors", [closed_port(), grey.url])
    fetch("mnist-full", tmp_path)
    assert len(grey.asked) == 4


@pytest.mark.parametrize("data", ["mnist-full", "fashion-full", "cifar10"])
def test_without_a_network_there_is_a_sentence_with_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    as_official(monkeypatch, data, COLOUR if data == "cifar10" else GREY, [closed_port()])
    sentence = refused(data, tmp_path)
    assert "no answer from its server" in sentence
    assert "Check the internet connection" in sentence
    place = {"mnist-full": "MNIST/raw", "fashion-full": "FashionMNIST/raw", "cifar10": ""}[data]
    assert f"into the folder downloads{'/' if place else ''}{place} of Distillery's home folder" in sentence
    assert str(tmp_path) not in sentence
    assert ("python -m app.images.import_images" in sentence) == (data == "cifar10")


def test_a_server_with_trouble_and_one_that_falls_silent(
    tmp_path: Path, colour: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    colour.always("503")
    assert "no answer from its server" in refused("cifar10", tmp_path)
    colour.always("404")
    assert "Not Found" in refused("cifar10", tmp_path)
    monkeypatch.setattr(fullsets, "TIMEOUT", 0.2)
    colour.always("stuck")
    sentence = refused("cifar10", tmp_path)
    assert "arrived damaged or incomplete" in sentence or "timed out" in sentence


def test_a_full_disk_is_noticed_before_and_during(
    tmp_path: Path, colour: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=60_000_000))
    sentence = refused("cifar10", tmp_path)
    assert "not enough disk space: CIFAR-10 needs 69 MB and 60 MB are free" in sentence
    assert colour.asked == []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10**12))

    def fills_up(url: str, file: Path, chunk_size: int = 0) -> None:
        Path(file).write_bytes(b"half")
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError:
            raise urllib.error.URLError("no http here") from None  # torchvision's second try, over http

    monkeypatch.setattr(import_torchvision().datasets.utils, "_urlretrieve", fills_up)
    assert "The disk became full" in refused("cifar10", tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, colour: Server) -> None:
    (tmp_path / "downloads").write_bytes(b"a file")
    with pytest.raises(FetchFailed, match="could not be stored"):
        fetch("cifar10", tmp_path / "downloads")


def test_a_damaged_file_is_replaced_and_kept_until_then(tmp_path: Path, colour: Server) -> None:
    (name,) = colour.files
    put(tmp_path, {name: colour.files[name][:100]})
    colour.always("503")
    assert "The file there is damaged or another version" in refused("cifar10", tmp_path)
    assert left(tmp_path) == [name]
    colour.moods.clear()
    (path,) = fetch("cifar10", tmp_path)
    assert path.read_bytes() == colour.files[name]


def test_whatever_listens_may_end_it(tmp_path: Path, colour: Server) -> None:
    colour.always("stuck")

    def told(phase: str, done: int, total: int) -> None:
        if done:
            raise InterruptedError("enough")

    with pytest.raises(InterruptedError):
        fetch("cifar10", tmp_path, told)
    assert not [name for name in left(tmp_path) if name in colour.files]


def test_an_old_part_is_no_beginning(tmp_path: Path, colour: Server) -> None:
    (name,) = colour.files
    put(tmp_path, {f".part-{name}": b"garbage" * 100})
    (path,) = fetch("cifar10", tmp_path)
    assert path.read_bytes() == colour.files[name]
    assert left(tmp_path) == [name]


# ── CIFAR-10 ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_cifar10_from_its_archive_and_from_its_folder(tmp_path: Path, colour: Server) -> None:
    pack = read_official(fetch("cifar10", tmp_path))
    assert pack.images.shape == (120, 3, 32, 32)
    assert (len(pack.pool), len(pack.test)) == (100, 20)
    assert pack.labels[:10].tolist() == list(range(10))
    first = np.random.default_rng(0).integers(0, 256, (20, 3072), dtype=np.uint8)
    assert np.array_equal(pack.images[:20].reshape(20, -1), first)
    assert left(tmp_path) == list(colour.files)  # nothing was unpacked to the disk

    put(tmp_path / "other" / CIFAR_FOLDER, COLOUR)
    found = fetch("cifar10", tmp_path / "other")
    assert found == [tmp_path / "other" / CIFAR_FOLDER]
    assert len(colour.asked) == 1
    assert read_official(found).digest() == pack.digest()


def test_torchvisions_folder_counts_only_with_its_checksums(tmp_path: Path, colour: Server) -> None:
    put(tmp_path / CIFAR_FOLDER, COLOUR | {"data_batch_3": COLOUR["data_batch_3"][:-40]})
    assert fetch("cifar10", tmp_path)[0].suffix == ".gz"
    (tmp_path / CIFAR_FOLDER / "test_batch").unlink()
    assert fetch("cifar10", tmp_path)[0].suffix == ".gz"
    assert len(colour.asked) == 1


def test_nothing_but_arrays_is_unpickled(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for evil in (pickle.dumps({"data": Explosive(mark), "labels": []}), b"cos\nsystem\n(S'touch x'\ntR."):
        put(tmp_path / "c", COLOUR | {"data_batch_2": evil})
        with pytest.raises(ValueError, match="data_batch_2 is not a batch of CIFAR-10"):
            read_cifar(tmp_path / "c")
    assert not mark.exists()


@pytest.mark.parametrize(
    "batch",
    [
        b"",
        b"garbage",
        pickle.dumps([1, 2]),
        pickle.dumps({"data": 3, "labels": [1]}),
        old_pickle(np.zeros((2, 3072), np.uint8), [1, 2, 3]),
        old_pickle(np.zeros((2, 100), np.uint8), [1, 2]),
        old_pickle(np.zeros((2, 3072), np.uint8), [1, 10]),
        COLOUR["test_batch"][:-500],
    ],
)
def test_what_is_no_batch_is_refused(tmp_path: Path, batch: bytes) -> None:
    put(tmp_path / "c", COLOUR | {"test_batch": batch})
    with pytest.raises(ValueError, match="test_batch is not a batch of CIFAR-10"):
        read_cifar(tmp_path / "c")


def test_archives_that_are_none(tmp_path: Path) -> None:
    path, whole = tmp_path / "c.tar.gz", archive(COLOUR)
    for content in (b"", b"no archive", whole[: len(whole) // 2], whole[:-200], gzip.compress(b"no tar")):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"c\.tar\.gz"):
            read_cifar(path)
    path.write_bytes(archive({"data_batch_1": COLOUR["data_batch_1"]}))
    with pytest.raises(ValueError, match="1 of the 6 batches"):
        read_cifar(path)


def test_a_link_in_the_archive_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "c.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        link = tarfile.TarInfo(f"{CIFAR_FOLDER}/test_batch")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(ValueError, match="0 of the 6"):
        read_cifar(path)


# ── IDX ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x00", b"\x00\x00\x08\x03", b"\x00\x00\x0d\x01\x00\x00\x00\x01\x00", idx(np.zeros(5, np.uint8))[:-1]],
)
def test_what_is_no_idx_file_is_refused(tmp_path: Path, content: bytes) -> None:
    for name, raw in (("x", content), ("x.gz", gzip.compress(content)), ("y.gz", gzip.compress(idx(_numbers()))[:-9])):
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(ValueError, match=name):
            read_idx(tmp_path / name)


def _numbers() -> np.ndarray[Any, Any]:
    return np.arange(200, dtype=np.uint8)


def test_images_and_labels_must_belong_together(tmp_path: Path) -> None:
    put(tmp_path, GREY | {"t10k-labels-idx1-ubyte": idx(np.zeros(3, np.uint8))})
    with pytest.raises(ValueError, match="do not belong together"):
        fullsets.read_idx_set(fullsets.idx_files(tmp_path))
    put(tmp_path, GREY)
    pack = fullsets.read_idx_set(fullsets.idx_files(tmp_path))
    assert set(pack.split.tolist()) == {POOL, TEST}
    assert pack.classes == [str(i) for i in range(10)]
