"""The folders: the project's own, and the one that this installation writes to."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PRETRAINED = PROJECT / "pretrained"


def home() -> Path:
    """The folder of store, key, checkpoints and downloads: DISTILLERY_HOME, else ~/.distillery."""
    return Path(os.environ.get("DISTILLERY_HOME") or Path.home() / ".distillery")


def own_folder(set_id: str) -> Path:
    """Where all is kept that belongs to images of one's own: what was uploaded, and a teacher that was trained here."""
    return home() / "images" / set_id
