"""One real update of a recorded run, shipped in pretrained/recorded/steps: what students answered before and after it.

``python -m pretrained.record_step`` makes them. Knows no store and no page.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.catalog import paths

FORMAT = 1
ROLES = ("labels", "distilled")

Logits = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class RecordedStep:
    """Of the students of one seed. update: how many were made before it; batch: of images that it learnt from, none of
    which is among `images`, which are test images; before, after: role → their logits (images, classes).
    """

    run: str
    update: int
    seed: int
    batch: int
    images: tuple[int, ...]
    before: dict[str, Logits]
    after: dict[str, Logits]
    record: dict[str, Any]  # date, command, versions, machine, digests


def folder() -> Path:
    """Where they are."""
    return paths.PRETRAINED / "recorded" / "steps"


def file_of(run: str, update: int) -> Path:
    """The file of a run's update."""
    return folder() / f"{run}-{update}.json"


def recorded_step(run: str, update: int) -> RecordedStep | None:
    """The update that followed `update` others; None where it is not recorded, or damaged, which the log says."""
    file = file_of(run, update)
    try:
        return _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        logging.getLogger(__name__).warning("recorded step %s is left out: %s", file.name, error)
        return None


@lru_cache(maxsize=8)
def _read(file: Path, _written: int) -> RecordedStep:
    return read(file.read_text(encoding="utf-8"))


def read(text: str) -> RecordedStep:
    """A recorded update from its JSON. Raises ValueError where it is damaged."""
    try:
        stored = json.loads(text)
        if stored["format"] != FORMAT:
            raise ValueError(f"format must be {FORMAT}, got {stored['format']}")
        images = tuple(int(image) for image in stored["images"])
        before, after = (
            {role: _logits(stored[name][role], len(images)) for role in ROLES} for name in ("before", "after")
        )
        update, seed, batch = (int(stored[name]) for name in ("update", "seed", "batch"))
        return RecordedStep(str(stored["run"]), update, seed, batch, images, before, after, dict(stored["record"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"it is not a recorded update ({error})") from error


def written(step: RecordedStep) -> str:
    """Its JSON."""
    fields = {name: getattr(step, name) for name in RecordedStep.__dataclass_fields__}
    return json.dumps({"format": FORMAT, **fields}) + "\n"


def _logits(rows: Any, count: int) -> Logits:
    found = tuple(tuple(float(logit) for logit in row) for row in rows)
    if len(found) != count or len({len(row) for row in found}) != 1:
        raise ValueError("each image must have one row of logits")
    return found
