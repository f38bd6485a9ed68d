"""The home: nobody else on the machine reads it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.catalog import paths

WRITES = """
from app.catalog import paths
paths.keep_private()
below = paths.home() / "later"
below.mkdir(parents=True)
(below / "file").write_text("")
"""


def modes(folder: Path) -> dict[str, int]:
    """Of a folder and all that is below it."""
    return {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}


@pytest.mark.skipif(os.name == "nt", reason="there a user's folder is private as it is")
@pytest.mark.parametrize("is_old", [True, False])
def test_nobody_else_reads_what_is_kept(tmp_path: Path, is_old: bool) -> None:
    home = tmp_path / "home"
    if is_old:
        (home / "images").mkdir(parents=True)
        (home / "distillery.db").write_text("")
        (home / "away").symlink_to(tmp_path)
    for path in home.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    outside = tmp_path.stat().st_mode
    environment = {**os.environ, "DISTILLERY_HOME": str(home), "PYTHONPATH": str(paths.PROJECT)}
    subprocess.run([sys.executable, "-c", f"import os; os.umask(0o022)\n{WRITES}"], env=environment, check=True)
    (home / "away").unlink(missing_ok=True)
    folders = {"home": 0o700, "later": 0o700} | ({"images": 0o700} if is_old else {})
    assert modes(home) == folders | {"file": 0o600} | ({"distillery.db": 0o600} if is_old else {})
    assert tmp_path.stat().st_mode == outside


def test_a_file_that_somebody_reads_is_replaced_a_moment_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses to replace it until then."""
    file, tries, replace = tmp_path / "teacher.json", list[bool](), os.replace

    def is_read(source: Path, target: Path) -> None:
        tries.append(len(tries) < 2)
        if tries[-1]:
            raise PermissionError(13, "in use")
        replace(source, target)

    monkeypatch.setattr(paths, "_READ_SECONDS", 60.0)
    monkeypatch.setattr(os, "replace", is_read)
    for text in ("old", "new"):
        with paths.replacing(file) as beside:
            beside.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == "new" and tries == [True, True, False, False]
    monkeypatch.setattr(paths, "_READ_SECONDS", 0.0)
    tries.clear()
    with pytest.raises(PermissionError), paths.replacing(file) as beside:
        beside.write_text("never", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["teacher.json"]
