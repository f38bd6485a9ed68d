"""Preparing a full set: pack, teacher's answers, accuracy on the originals, and every way to fail or stop."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from app.catalog import available, declared, downloads, paths
from app.catalog.architecture import Image, whitened
from app.catalog.available import TeacherEntry
from app.catalog.declared import DATA
from app.catalog.families import DOWNLOADS, FAMILIES
from app.catalog.pack import TEST, image_hashes, read_pack
from app.distillation import datasets
from app.distillation.models import Network
from app.experiments import jobs, prepare, runner
from app.experiments.job_process import INPUT_ENDED, Cancelled, Report
from app.store import Store, StoreError
from app.store.jobs import Jobs
from tests.distillation.official import (
    Server,
    as_official,
    closed_port,
    colour_batches,
    grey_set,
    idx,
    put,
    serving,
)
from tests.waiting import PATIENCE, wait_for

ROOT = Path(__file__).parents[2]
TINY = whitened(Image(3, 32, mirror=True), (4, 4, 4), 2, 10)
GREY, COLOUR = grey_set(), colour_batches(each=40)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(available, "teachers", dict)
    return tmp_path / "home"


@pytest.fixture
def colour(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving({}) as server:
        server.files |= as_official(monkeypatch, "cifar10", COLOUR, [server.url])
        yield server


@pytest.fixture
def grey(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving({}) as server:
        server.files |= as_official(monkeypatch, "mnist-full", GREY, [server.url])
        yield server


def tiny_teacher(folder: Path, monkeypatch: pytest.MonkeyPatch) -> TeacherEntry:
    """A teacher of CIFAR-10 that knows nothing, in place of the shipped ones."""
    torch.manual_seed(0)
    file = folder / "tiny.safetensors"
    file.write_bytes(safetensors.torch.save(Network(TINY).state_dict()))
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    numbers: dict[str, Any] = {"widths": (4, 4, 4), "patch": 2, "mirror": True, "channels": 3, "parameters": 1}
    told: dict[str, Any] = {"accuracy": 0.9, "tested_on": "", "record": {"accuracy_on_originals": None}}
    entry = TeacherEntry("cifar10", "The teacher", "cifar10", str(file), sha256, **numbers, **told)
    monkeypatch.setattr(available, "teachers", lambda: {"cifar10": entry})
    return entry


# ── what is made ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_cifar10_becomes_a_pack_with_answers_and_a_measured_teacher(
    home: Path, tmp_path: Path, colour: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = declared.DataSet(**{**DATA["cifar10"].__dict__, "pool": 50, "test": 20})
    monkeypatch.setitem(DATA, "cifar10", small)
    entry = tiny_teacher(tmp_path, monkeypatch)
    assert available.accuracy_on_originals(entry) is None
    phases: list[str] = []
    words = prepare.prepare("cifar10", lambda phase, done, total: phases.append(phase))

    pack = read_pack(small.path)
    assert np.bincount(pack.labels[pack.pool]).tolist() == [5] * 10
    assert np.bincount(pack.labels[pack.test]).tolist() == [2] * 10
    assert pack.about["origin"] == "official"
    assert pack.classes == list(FAMILIES["cifar10"].classes)
    assert "50 images to learn from and 20 to test on" in words

    assert datasets.logit_cache(pack.digest(), entry.sha256).exists()
    images = datasets.standardised(_official_test()[0], small.mean, small.spread)
    right = datasets.teacher_logits(_loaded(entry), images).argmax(1).numpy() == _official_test()[1]
    assert available.accuracy_on_originals(entry) == right.mean()
    assert f"{100 * right.mean():.1f}% of the 40 official test images" in words
    changed = TeacherEntry(**{**entry.__dict__, "sha256": "another"})
    assert available.accuracy_on_originals(changed) is None

    once = [phase for i, phase in enumerate(phases) if phase not in phases[:i]]
    assert once == [
        "checking what is here",
        "downloading",
        "unpacking",
        "The teacher is tested on the originals, 0 of 40",
        "The teacher is looking at the images",
    ]
    first = small.path.read_bytes()
    assert not list(home.rglob("*.tar.gz")), "the archive takes room and is not needed any more"
    own = home / "downloads" / "cifar-10-python.tar.gz"
    own.write_bytes(colour.files[own.name])
    prepare.prepare("cifar10", lambda *what: None)
    assert small.path.read_bytes() == first  # the same part again
    assert len(colour.asked) == 1
    assert own.exists(), "it is somebody's own"


def _loaded(entry: TeacherEntry) -> Network:
    teacher = Network(TINY)
    teacher.load_state_dict(safetensors.torch.load_file(entry.file))
    return teacher.eval()


def _official_test() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    batches = [rng.integers(0, 256, (40, 3072), dtype=np.uint8) for _ in range(6)]
    return batches[-1].reshape(-1, 3, 32, 32), np.arange(40) % 10


def test_a_full_set_leaves_out_what_the_sample_tests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = read_pack(DATA["mnist"].path)
    files = grey_set(pool=30, test=10)
    images = np.frombuffer(files["train-images-idx3-ubyte"], np.uint8, offset=16).reshape(-1, 28, 28).copy()
    images[3:8] = sample.images[sample.test[:5], 0]
    images[8] = np.frombuffer(files["t10k-images-idx3-ubyte"], np.uint8, offset=16).reshape(-1, 28, 28)[0]
    images[9:12] = sample.images[sample.pool[:3], 0]
    files["train-images-idx3-ubyte"] = idx(images)
    with serving({}) as server:
        server.files |= as_official(monkeypatch, "mnist-full", files, [server.url])
        prepare.prepare("mnist-full", lambda *what: None)
    pack = read_pack(DATA["mnist-full"].path)
    assert (len(pack.pool), len(pack.test)) == (24, 10)
    hashes = image_hashes(pack.images)
    assert not set(hashes[pack.pool].tolist()) & set(image_hashes(sample.images[sample.split == TEST]).tolist())
    assert set(image_hashes(sample.images[sample.pool[:3]]).tolist()) <= set(hashes[pack.pool].tolist())
    assert pack.classes == sample.classes
    assert pack.about["licence"] == sample.about["licence"]


# ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────


def asked_for(data: str) -> Store:
    store = Store()
    store.jobs.request(data, "fetch")
    store.jobs.set(data, state="running")
    return store


def test_the_store_hears_of_progress_and_end(home: Path, grey: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = asked_for("mnist-full")
    heard: list[tuple[float, float, str]] = []
    real = Jobs.set

    def listens(self: Jobs, data: str, **values: object) -> bool:
        changed = real(self, data, **values)  # type: ignore[arg-type]
        row = store.jobs.get(data)
        assert row is not None
        heard.append((row.done, row.total, row.message))
        return changed

    monkeypatch.setattr(Jobs, "set", listens)
    assert prepare.main(["mnist-full"]) == 0
    total = sum(part.size for part in DOWNLOADS["mnist-full"].parts)
    assert heard[0] == (0, total, "checking what is here")
    assert (total, total, "unpacking") in heard
    row = store.jobs.get("mnist-full")
    assert row is not None
    assert row.state == "finished"
    assert row.message == "MNIST, all is here: 60 images to learn from and 40 to test on."


def test_without_a_request_it_runs_by_hand(grey: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare.main(["mnist-full"]) == 0
    out = capsys.readouterr().out
    assert "downloading: " in out
    assert "MNIST, all is here" in out
    assert Store().jobs.get("mnist-full") is None


def test_what_is_no_full_set_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        prepare.main(["mnist"])
    assert "invalid choice: 'mnist'" in capsys.readouterr().err


def failed(data: str) -> str:
    """The sentence in the store after a failure; no pack may be there."""
    store = asked_for(data)
    assert prepare.main([data]) == 1
    row = store.jobs.get(data)
    assert row is not None
    assert row.state == "failed"
    assert not DATA[data].here
    assert not list(paths.home().rglob("*part*"))
    return row.message


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    as_official(monkeypatch, "cifar10", COLOUR, [closed_port()])
    assert "Check the internet connection" in failed("cifar10")


def test_a_retry_after_damage(colour: Server) -> None:
    colour.always("cut")
    assert "the connection broke off" in failed("cifar10")
    colour.moods.clear()
    store = asked_for("cifar10")
    assert prepare.main(["cifar10"]) == 0
    assert (row := store.jobs.get("cifar10")) is not None
    assert row.state == "finished"
    assert DATA["cifar10"].here


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk became full while CIFAR-10 was prepared"),
        (MemoryError(), "There is not enough memory to prepare CIFAR-10"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "There is not enough memory to prepare CIFAR-10"),
        (ZeroDivisionError("odd"), "CIFAR-10 could not be prepared (ZeroDivisionError: odd). Try again."),
        (ValueError("no batch"), "CIFAR-10 cannot be read: no batch."),
    ],
)
def test_other_failures_are_sentences(
    colour: Server, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def fails(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(prepare, "read_official" if isinstance(error, ValueError) else "write_pack", fails)
    assert sentence in failed("cifar10")


def test_a_changed_teacher_is_told(tmp_path: Path, colour: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = tiny_teacher(tmp_path, monkeypatch)
    Path(entry.file).write_bytes(b"changed")
    store = asked_for("cifar10")
    assert prepare.main(["cifar10"]) == 1
    assert (row := store.jobs.get("cifar10")) is not None
    assert "changed or cut short" in row.message


def test_a_store_that_does_not_answer_does_not_stop_it(grey: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for("mnist-full")

    def busy(*arguments: object, **values: object) -> bool:
        raise StoreError("The store is busy. Try again in a moment.")

    monkeypatch.setattr(Jobs, "set", busy)
    assert prepare.main(["mnist-full"]) == 0
    assert DATA["mnist-full"].here


def test_a_file_that_somebody_gives_needs_no_network_and_stays(
    home: Path, tmp_path: Path, colour: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "from a colleague.tar.gz"
    file.write_bytes(next(iter(colour.files.values())))
    assert prepare.main(["cifar10", "--from", str(file)]) == 0
    assert DATA["cifar10"].here and file.exists() and colour.asked == []
    assert "CIFAR-10 is here" in capsys.readouterr().out

    file.write_bytes(file.read_bytes()[:-1])
    assert prepare.main(["cifar10", "--from", str(file)]) == 1
    assert "is not CIFAR-10’s archive" in capsys.readouterr().err


def test_what_was_taken_from_a_package_goes_once_the_set_is_there(home: Path, tmp_path: Path, grey: Server) -> None:
    put(tmp_path / "raw", GREY)
    assert prepare.main(["mnist-full", "--from", str(tmp_path / "raw")]) == 0
    assert DATA["mnist-full"].here and grey.asked == []
    assert not [file for file in downloads.folder().rglob("*") if file.is_file()]
    assert len(list((tmp_path / "raw").iterdir())) == 4


# ── cancelled ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_of_mind_stops_it(colour: Server) -> None:
    store = asked_for("cifar10")
    colour.always("stuck")
    real = Report.told

    def cancels(self: Report, done: float, *args: Any, **more: Any) -> None:
        if done:
            store.jobs.set("cifar10", state="cancelled", message="")
        real(self, done, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Report, "told", cancels)
        assert prepare.main(["cifar10"]) == 1
    assert (row := store.jobs.get("cifar10")) is not None
    assert row.state == "cancelled"
    assert not DATA["cifar10"].here


CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in what a shell starts in the background
import pytest
from app.experiments import job_process, prepare
from tests.distillation.official import as_official, colour_batches
as_official(pytest.MonkeyPatch(), "cifar10", colour_batches(each=40), [sys.argv[1]])
job_process.CLEAR_SECONDS = 60.0  # that it clears away is asked here, not how fast
sys.exit(prepare.main(["cifar10", *sys.argv[2:]]))
"""


def test_a_killed_process_leaves_nothing_that_counts(home: Path, colour: Server) -> None:
    asked_for("cifar10")
    colour.always("slow")
    command = [sys.executable, "-c", CHILD, colour.url]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: list(home.rglob(".half-*")) or process.poll() is not None)
        assert list(home.rglob(".half-*"))
    finally:
        process.kill()
        process.wait()
    assert not DATA["cifar10"].here
    (home / "data").mkdir()
    (home / "data" / f".cifar10.npz.{os.getpid()}.part").write_bytes(b"half a pack")
    colour.moods.clear()
    assert prepare.main(["cifar10"]) == 0
    assert DATA["cifar10"].here
    assert not list(home.rglob("*part*")) and not list(home.rglob("*half*"))


def test_when_its_input_ends_it_ends_and_keeps_what_arrived(home: Path, colour: Server) -> None:
    """So the runner cancels it."""
    asked_for("cifar10")
    colour.always("trickle")
    command = [sys.executable, "-c", CHILD, colour.url, "--while-input"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with process:
        wait_for(lambda: downloads.arrived("cifar10") or process.poll() is not None)
        runner.close_input(process)  # type: ignore[arg-type]
        assert process.wait(PATIENCE) == INPUT_ENDED
    assert downloads.arrived("cifar10") and not DATA["cifar10"].here and not list(home.rglob("*.part"))


def test_an_old_process_does_not_speak_for_a_new_request(home: Path) -> None:
    store = asked_for("cifar10")
    old = Report("cifar10", "fetch")
    store.jobs.set("cifar10", state="cancelled")
    new = store.jobs.request("cifar10", "fetch")
    with pytest.raises(Cancelled):
        old.told(1, "downloading", total=2)
    old.ended("failed", "It broke off.")
    assert store.jobs.get("cifar10") == new


def test_it_ends_with_the_runner_that_started_it(home: Path) -> None:
    """The runner holds its input open; where the runner is killed, the input ends."""
    command = [*jobs.COMMANDS["fetch"], "mnist-full"]
    ended = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert ended.returncode == INPUT_ENDED
    assert not list((home / "data").glob("*.npz"))
