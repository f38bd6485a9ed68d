"""Fetching and reading the full sets, from a server on this machine that behaves well or badly."""

from __future__ import annotations

import errno
import gzip
import pickle
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalog import downloads
from app.catalog.families import DOWNLOADS
from app.catalog.pack import POOL, TEST
from app.distillation import download, fullsets
from app.distillation.download import Pace
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
ARCHIVE = "cifar-10-python.tar.gz"
IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where downloads are kept."""
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "home"))
    return downloads.folder()


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
    """What is there, without the notes on halves."""
    return sorted(file.name for file in folder.rglob("*") if file.is_file() and file.suffix != ".tag")


def refused(data: str) -> str:
    """The sentence of a fetch that fails."""
    with pytest.raises(FetchFailed) as caught:
        fetch(data)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def half(server: Server) -> int:
    """Half of the archive of CIFAR-10, in bytes."""
    return len(server.files[ARCHIVE]) // 2


def test_the_official_files_are_those_of_torchvision() -> None:
    datasets = import_torchvision().datasets
    for full in DOWNLOADS.values():
        source = getattr(datasets, full.torchvision)
        names = [source.filename] if full.torchvision == "CIFAR10" else [name for name, _ in source.resources]
        assert [part.name for part in full.parts] == names
        assert full.folder == ("" if full.torchvision == "CIFAR10" else f"{full.torchvision}/raw")
        urls = fullsets._addresses(full, full.parts[0])
        assert urls
        assert all(url.endswith(full.parts[0].name) for url in urls)


def test_the_checksums_are_of_debians_copy_too() -> None:
    folder = Path("/usr/share/datasets/fashion-mnist")
    if not folder.is_dir():
        pytest.skip("dataset-fashion-mnist is not installed")
    for part in DOWNLOADS["fashion-full"].parts:
        assert fullsets.content_sha256(folder / part.name) == part.sha256


def test_a_grey_set_arrives_with_progress_and_is_fetched_once(folder: Path, grey: Server) -> None:
    told: list[tuple[str, int, int]] = []
    paths = fetch("mnist-full", lambda *what: told.append(what))
    total = sum(len(raw) for raw in grey.files.values())
    assert {phase for phase, _, _ in told} == {"checking what is here", "downloading"}
    assert {whole for _, _, whole in told} == {total}
    done = [bytes_ for phase, bytes_, _ in told if phase == "downloading"]
    assert done == sorted(done)
    assert done[-1] == total
    assert paths == [folder / "MNIST" / "raw" / part.name for part in DOWNLOADS["mnist-full"].parts]
    assert len(grey.asked) == 4
    assert sorted(file.name for file in folder.rglob("*") if file.is_file()) == sorted(grey.files), "no note is left"

    pack = read_official(paths)
    assert pack.images.shape == (100, 1, 28, 28)
    assert (len(pack.pool), len(pack.test)) == (60, 40)
    assert idx(pack.images[pack.test, 0]) == GREY["t10k-images-idx3-ubyte"]
    assert idx(pack.labels[pack.pool]) == GREY["train-labels-idx1-ubyte"]

    assert fetch("mnist-full") == paths
    assert len(grey.asked) == 4


def test_torchvisions_own_reader_reads_what_was_fetched(folder: Path, grey: Server) -> None:
    fetch("mnist-full")
    for file in (folder / "MNIST" / "raw").glob("*.gz"):
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
        file.unlink()
    found = fetch("mnist-full")  # unpacked by torchvision: still there, still right
    assert len(grey.asked) == 4
    theirs = import_torchvision().datasets.MNIST(folder, train=False, download=False)
    ours = read_official(found)
    assert np.array_equal(theirs.data.numpy(), ours.images[ours.test, 0])


def test_files_put_there_by_hand_are_used(folder: Path, grey: Server) -> None:
    put(folder, {name: raw for name, raw in grey.files.items() if name != IMAGES})
    put(folder / "MNIST" / "raw", {"train-images-idx3-ubyte": GREY["train-images-idx3-ubyte"]})
    paths = fetch("mnist-full")
    assert grey.asked == []
    assert len(read_official(paths).images) == 100


# ── a download that breaks off ───────────────────────────────────────────────────────────────────────────────────


def test_a_connection_that_ends_halfway_goes_on_from_there(colour: Server) -> None:
    whole = colour.files[ARCHIVE]
    colour.moods[ARCHIVE] = ["cut", "drop", "cut"]
    (path,) = fetch("cifar10")
    assert path.read_bytes() == whole
    first, second = half(colour), (len(whole) - half(colour)) // 2
    assert colour.sent == [(0, first), (first, 0), (first, second), (first + second, len(whole) - first - second)]


@pytest.mark.parametrize("tagged", [True, False])
def test_the_next_try_goes_on_where_the_last_one_ended(folder: Path, colour: Server, tagged: bool) -> None:
    colour.tagged = tagged
    colour.moods[ARCHIVE] = ["cut", "503", "503", "503"]
    sentence = refused("cifar10")
    assert "HTTP Error 503" in sentence and "what has arrived is kept" in sentence
    assert left(folder) == [f".half-{ARCHIVE}"]
    assert downloads.arrived("cifar10") == half(colour)
    told: list[int] = []
    (path,) = fetch("cifar10", lambda phase, done, total: told.append(done))
    assert path.read_bytes() == colour.files[ARCHIVE]
    assert colour.sent[1][0] == half(colour) and min(told[1:]) == half(colour)
    assert left(folder) == [ARCHIVE]


@pytest.mark.parametrize("tagged", [True, False])
def test_a_file_that_was_changed_meanwhile_is_no_rest(folder: Path, colour: Server, tagged: bool) -> None:
    colour.tagged = tagged
    right, other = colour.files[ARCHIVE], bytearray(colour.files[ARCHIVE])
    other[10] ^= 1
    colour.files[ARCHIVE] = bytes(other)
    colour.moods[ARCHIVE] = ["cut", "503", "503", "503"]
    refused("cifar10")
    colour.files[ARCHIVE] = right
    (path,) = fetch("cifar10")
    assert path.read_bytes() == right
    # With a tag the server itself sends all of it; without one, the checksum finds it out, and it begins anew.
    assert [start for start, _ in colour.sent] == ([0, 0] if tagged else [0, half(colour), 0])


def test_a_server_that_knows_no_ranges_begins_anew(colour: Server) -> None:
    colour.moods[ARCHIVE] = ["cut", "whole"]
    (path,) = fetch("cifar10")
    assert path.read_bytes() == colour.files[ARCHIVE]
    assert [start for start, _ in colour.sent] == [0, 0]


def test_a_server_that_answers_with_another_part_is_asked_for_all(colour: Server) -> None:
    colour.moods[ARCHIVE] = ["cut", "shifted"]
    (path,) = fetch("cifar10")
    assert path.read_bytes() == colour.files[ARCHIVE]
    assert [start for start, _ in colour.sent] == [0, half(colour) - 1, 0]


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        ("short", "has another file there"),
        ("endless", "sent more than the"),
        ("html", "a web page instead of the file"),
        ("404", "HTTP Error 404"),
    ],
)
def test_a_server_that_has_not_the_file_is_not_believed(colour: Server, mood: str, reason: str) -> None:
    colour.always(mood)
    assert reason in refused("cifar10")
    assert len(colour.asked) == 1
    colour.moods.clear()
    (path,) = fetch("cifar10")
    assert path.read_bytes() == colour.files[ARCHIVE]


@pytest.mark.parametrize("mood", ["html", "404"])
def test_what_had_arrived_outlives_a_server_without_the_file(colour: Server, mood: str) -> None:
    colour.moods[ARCHIVE] = ["cut", *["503"] * 3]
    refused("cifar10")
    colour.moods[ARCHIVE] = [mood]
    refused("cifar10")
    assert downloads.arrived("cifar10") == half(colour)


def test_a_half_that_is_longer_than_the_file_is_no_beginning(folder: Path, colour: Server) -> None:
    put(folder, {f".half-{ARCHIVE}": b"x" * (len(colour.files[ARCHIVE]) + 1)})
    (path,) = fetch("cifar10")
    assert path.read_bytes() == colour.files[ARCHIVE]


def test_a_half_that_is_whole_is_not_fetched_again(folder: Path, colour: Server) -> None:
    """It was ended before anybody compared it with its checksum."""
    put(folder, {f".half-{ARCHIVE}": colour.files[ARCHIVE]})
    (path,) = fetch("cifar10")
    assert path.read_bytes() == colour.files[ARCHIVE] and colour.asked == []


def test_an_old_half_of_something_else_is_found_out(folder: Path, colour: Server) -> None:
    put(folder, {f".half-{ARCHIVE}": b"garbage" * 100, f".half-{ARCHIVE}.tag": b"no note"})
    (path,) = fetch("cifar10")
    assert path.read_bytes() == colour.files[ARCHIVE]
    assert [start for start, _ in colour.sent] == [700, 0]
    assert left(folder) == [ARCHIVE]


def test_a_server_that_never_gets_far_is_given_up(colour: Server) -> None:
    colour.always("drop")
    assert "the connection broke off" in refused("cifar10")
    assert len(colour.asked) == 1, "nothing had ever arrived"
    colour.asked.clear()
    colour.moods[ARCHIVE] = ["cut", *["drop"] * 99]
    refused("cifar10")
    assert len(colour.asked) == 1 + len(download.PAUSES)


def test_damage_leaves_nothing_and_a_retry_fetches_only_what_is_missing(folder: Path, grey: Server) -> None:
    grey.moods[LABELS] = ["wrong"]
    assert "what arrived is damaged or another version" in refused("mnist-full")
    assert left(folder) == [IMAGES]
    grey.asked.clear()
    fetch("mnist-full")
    assert sorted(grey.asked) == sorted(name for name in grey.files if name != IMAGES)


def test_the_next_mirror_goes_on_where_the_last_one_ended(
    grey: Server, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    with serving(dict(grey.files)) as other:
        monkeypatch.setattr(import_torchvision().datasets.MNIST, "mirrors", [closed_port(), grey.url, other.url])
        grey.moods[IMAGES] = ["cut", *["drop"] * 99]
        fetch("mnist-full")
        assert other.sent == [(len(grey.files[IMAGES]) // 2, len(grey.files[IMAGES]) - len(grey.files[IMAGES]) // 2)]
    assert left(folder) == sorted(grey.files)


@pytest.mark.parametrize("data", ["mnist-full", "fashion-full", "cifar10"])
def test_without_a_network_there_is_a_sentence_with_another_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    as_official(monkeypatch, data, COLOUR if data == "cifar10" else GREY, [closed_port()])
    sentence = refused(data)
    assert "no answer from its server" in sentence
    assert "Check the internet connection" in sentence and "a file from another machine" in sentence
    assert str(folder) not in sentence
    assert left(folder) == []


def test_a_server_that_falls_silent_is_given_up(colour: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    colour.always("stuck")
    assert "timed out" in refused("cifar10") or "broke off" in refused("cifar10")
    assert downloads.arrived("cifar10") >= half(colour)


def test_a_full_disk_is_noticed_before_and_during(
    folder: Path, colour: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(Path.cwd())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=60_000_000))
    sentence = refused("cifar10")
    assert "not enough disk space: CIFAR-10 needs 69 MB and 60 MB are free" in sentence
    assert colour.asked == []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10**12))

    def fills_up(file: Any, chunk: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download, "_write", fills_up)
    assert "The disk became full" in refused("cifar10")
    assert left(folder) == [], "what fills the disk goes"


def test_a_half_is_part_of_the_space_that_is_needed(
    folder: Path, colour: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(Path.cwd())
    whole = len(colour.files[ARCHIVE])
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=69_000_000 + half(colour)))
    put(folder, {f".half-{ARCHIVE}": colour.files[ARCHIVE][: whole - half(colour)]})
    fetch("cifar10")


def test_a_folder_that_cannot_be_made_is_told(folder: Path, colour: Server) -> None:
    folder.parent.mkdir()
    folder.write_bytes(b"a file")
    with pytest.raises(FetchFailed, match="could not be stored"):
        fetch("cifar10")


def test_a_damaged_file_is_replaced_and_kept_until_then(folder: Path, colour: Server) -> None:
    put(folder, {ARCHIVE: colour.files[ARCHIVE][:100]})
    colour.always("503")
    assert "The file there is damaged or another version" in refused("cifar10")
    assert left(folder) == [ARCHIVE]
    colour.moods.clear()
    (path,) = fetch("cifar10")
    assert path.read_bytes() == colour.files[ARCHIVE]


def test_whatever_listens_may_end_it_and_the_half_stays(colour: Server) -> None:
    colour.moods[ARCHIVE] = ["stuck"]

    def told(phase: str, done: int, total: int) -> None:
        if done:
            raise InterruptedError("enough")

    with pytest.raises(InterruptedError):
        fetch("cifar10", told)
    kept = downloads.arrived("cifar10")
    assert 0 < kept <= half(colour)
    (path,) = fetch("cifar10")
    assert path.read_bytes() == colour.files[ARCHIVE] and colour.sent[-1][0] == kept


def test_the_pace_of_late_tells_how_long_it_takes() -> None:
    seen = ((0, 50), (0.5, 50.5), (1, 51), (10, 60), (60, 61), (71, 61.5), (72, 0), (74, 4))
    clock = iter([when for when, _ in seen])
    pace = Pace(lambda: next(clock))
    heard = [pace.words(int(megabytes * 1e6), 170_000_000) for _, megabytes in seen]
    assert heard[:3] == ["", "", "1.0 MB/s, about 2 minutes left"], "nothing before a second has passed"
    assert heard[4] == "20.0 kB/s, about 1.5 hours left", "of late, not on average"
    assert heard[5] == "45.5 kB/s, about 40 minutes left"
    assert heard[6:] == ["", "2.0 MB/s, about 1 minute left"], "it began anew"
    assert [download._duration(seconds) for seconds in (1, 48, 59)] == ["5 seconds", "50 seconds", "1 minute"]


# ── CIFAR-10 ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_cifar10_from_its_archive_and_from_its_folder(
    folder: Path, colour: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = read_official(fetch("cifar10"))
    assert pack.images.shape == (120, 3, 32, 32)
    assert (len(pack.pool), len(pack.test)) == (100, 20)
    assert pack.labels[:10].tolist() == list(range(10))
    first = np.random.default_rng(0).integers(0, 256, (20, 3072), dtype=np.uint8)
    assert np.array_equal(pack.images[:20].reshape(20, -1), first)
    assert left(folder) == list(colour.files)  # nothing was unpacked to the disk

    monkeypatch.setenv("DISTILLERY_HOME", str(folder.parent / "other"))
    put(downloads.folder() / CIFAR_FOLDER, COLOUR)
    found = fetch("cifar10")
    assert found == [downloads.folder() / CIFAR_FOLDER]
    assert len(colour.asked) == 1
    assert read_official(found).digest() == pack.digest()


def test_torchvisions_folder_counts_only_with_its_checksums(folder: Path, colour: Server) -> None:
    put(folder / CIFAR_FOLDER, COLOUR | {"data_batch_3": COLOUR["data_batch_3"][:-40]})
    assert fetch("cifar10")[0].suffix == ".gz"
    (folder / CIFAR_FOLDER / "test_batch").unlink()
    assert fetch("cifar10")[0].suffix == ".gz"
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
