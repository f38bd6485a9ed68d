"""The language models that there are: the size of teacher and students, and where the teacher that comes along lies."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.catalog import paths
from app.catalog.grammar import LENGTH, WORDS
from app.catalog.transformer import Transformer

TEACHER = Transformer(len(WORDS), LENGTH, width=64, heads=4, blocks=2)
STUDENT = Transformer(len(WORDS), LENGTH, width=24, heads=2, blocks=1)
MANIFEST, ANSWERS = "manifest.json", "answers.npz"

Logits = npt.NDArray[np.float32]  # of every word


def folder() -> Path:
    """Where its weights are, and beside them how it was made."""
    return paths.PRETRAINED / "language"


def manifest() -> dict[str, Any]:
    """How the teacher was made. Raises OSError or ValueError if that is missing or damaged."""
    return dict(json.loads((folder() / MANIFEST).read_text(encoding="utf-8")))


def weights_file() -> Path:
    """The teacher's weights. Raises OSError or ValueError if they are missing, or not as the manifest says."""
    told = manifest()
    file = folder() / str(told["file"])
    if _digest_of(file, file.stat().st_mtime_ns) != told["sha256"]:
        raise ValueError(f"{file.name} has another sha256 than its manifest names")
    return file


def answers() -> dict[str, Logits]:
    """What the teacher says after every beginning up to the noun: its logits by the beginning, words with spaces.

    Raises OSError or ValueError if they are missing, or not as the manifest says.
    """
    file = folder() / ANSWERS
    return _answers_of(file, file.stat().st_mtime_ns, str(manifest()["answers_sha256"]))


@lru_cache(maxsize=2)
def _answers_of(file: Path, _written: int, sha256: str) -> dict[str, Logits]:
    if digest(file) != sha256:
        raise ValueError(f"{file.name} has another sha256 than its manifest names")
    with np.load(file, allow_pickle=False) as arrays:
        return dict(zip(arrays["beginnings"].tolist(), arrays["logits"], strict=True))


def digest(file: Path) -> str:
    """The sha256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


@lru_cache(maxsize=4)
def _digest_of(file: Path, _written: int) -> str:
    return digest(file)
