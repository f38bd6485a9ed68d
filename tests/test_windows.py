"""What can be checked here of a Windows that nobody has at hand: names of files, calls that it has not, locks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path, PureWindowsPath

from hypothesis import given
from hypothesis import strategies as st

from app.catalog import paths
from app.images.import_images import slug
from tests.test_house import ROOT, read, texts, tracked

TORCH = re.compile("app/(distillation|experiments/worker|experiments/inference)")  # has Windows in its own hands
# What Windows lacks, taken away before a module of ours is read; the libraries, which know Windows, are there already.
ELSEWHERE = """
import os, signal, sys, types
import numpy, PIL.Image, sqlalchemy, starlette.applications, streamlit
for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
for name in ("fchmod", "fork", "geteuid", "getuid", "killpg", "nice", "sched_getaffinity", "setsid", "uname"):
    delattr(os, name)
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1"):
    delattr(signal, name)
held = set()
def locking(file, mode, count):
    if os.fstat(file).st_ino in held:
        raise PermissionError("locked")
    held.add(os.fstat(file).st_ino)
msvcrt = sys.modules["msvcrt"] = types.ModuleType("msvcrt")
msvcrt.locking, msvcrt.LK_NBLCK = locking, 2
sys.platform = "win32"

for module in sys.argv[1:]:
    __import__(module)
from app.experiments import lock, read_images, runner
from app.experiments.job_process import be_nice
from app.server import open_files
open_files.raise_limit()
be_nice()
read_images.limit_memory()
assert open_files.free() == float("inf") and runner.cores() >= 1
one, other = lock.FileLock(lock.lock_path()), lock.FileLock(lock.lock_path())
assert one.take() and not other.take()
assert "torch" not in sys.modules
"""


def test_all_but_the_core_works_without_what_windows_lacks(own_home: Path) -> None:
    asks = re.compile(r"os\.name|sys\.platform|hasattr\(os|import (resource|fcntl)|signal\.|os\.nice|platform\.")
    modules = [
        ".".join(file.with_suffix("").parts)
        for file in texts(".py")
        if file.parts[0] == "app" and not TORCH.match(file.as_posix()) and asks.search(read(file))
    ]
    assert len(modules) > 5
    command = [sys.executable, "-c", ELSEWHERE, *modules]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_no_process_is_forked() -> None:
    """Every process is a command of its own, as Windows starts them; Streamlit's would run its script anew."""
    forks = re.compile(r"\bimport multiprocessing|\bfrom multiprocessing|\bos\.fork\b|num_workers=[^0]")
    assert [file for file in texts(".py") if file.parts[0] == "app" and forks.search(read(file))] == []


def test_a_letter_that_a_pipe_does_not_take_ends_nothing(tmp_path: Path) -> None:
    """Windows writes to pipes and files in a code page."""
    home = tmp_path / "家 → ∂"
    environment = {**os.environ, "DISTILLERY_HOME": str(home), "PYTHONIOENCODING": "cp1252"}
    for module, *words in (("app.server.new_key",), ("app.images.import_images", str(home / "no"))):
        command = [sys.executable, "-m", module, *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
        assert b"?" in done.stdout + done.stderr and b"Traceback" not in done.stderr, module


def harmless(name: str) -> bool:
    """Whether Windows takes it as the name of one file."""
    path = PureWindowsPath(name)
    forbidden = '<>:"/\\|?*'
    return (
        len(path.parts) == 1 and not path.is_reserved() and not set(name) & set(forbidden) and name == name.rstrip(". ")
    )


def test_windows_takes_every_name_in_the_project() -> None:
    parts = {part for file in tracked() for part in file.parts}
    assert [part for part in parts if not harmless(part)] == []
    assert [name for name, count in Counter(str(file).lower() for file in tracked()).items() if count > 1] == []
    assert max(len(str(file)) for file in tracked()) < 140, "with a folder before it, 260 is the most"


@given(name=st.text() | st.sampled_from(["con", "AUX", "nul.txt", "a:b", "..\\up", "C:", "end. ", "com1", "a|b?"]))
def test_windows_takes_what_learners_name(name: str) -> None:
    assert harmless(f"own-{slug(name)}") and harmless(f"distillery-{paths.for_file_name(name)}-curves.csv")
