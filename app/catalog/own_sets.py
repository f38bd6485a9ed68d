"""What images of one's own, and the teachers trained on them here, say about themselves. Trusts nothing that it reads.

What is returned fits `catalog.DataSet` and `catalog.TeacherEntry`; None if a file is not as it should be.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.catalog.pack import PackError, read_about

ID = re.compile(r"own-[a-z0-9-]{1,60}", re.ASCII)  # of a set, and so the name of a folder
UPLOADED_ID = re.compile(r"own-[a-z2-9]{16}", re.ASCII)  # 16 letters by chance: whoever has the id was given it
WIDEST, LARGEST_PATCH = 1024, 8  # of a teacher's network

MOST_IMAGES = 2000  # that a learner's zip may hold
MOST_BYTES = 100_000_000  # of that zip
LEAST_IMAGES, LEAST_OF_A_CLASS = 80, 10  # images: fewer make no experiment
MOST_SETS = 3  # that a learner may have at once
NAME_LENGTH = 24  # characters of a set's name: it stands on a button

Fields = dict[str, Any]


def plain_name(text: str) -> str:
    """A set's name as it may stand anywhere on a page: letters, digits and what no markup is made of; else "Images"."""
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c in "-–’,()&+" else " " for c in text)
    return " ".join(kept.split()).lstrip("-–’,)&+ ")[:NAME_LENGTH].rstrip() or "Images"


@lru_cache(maxsize=1024)
def set_fields(id_: str, path: Path, changed: int) -> Fields | None:
    """What a pack of images of one's own is. changed: when it was last written, so that a new one is read anew."""
    try:
        about = read_about(path)
        return {
            "id": id_,
            "name": plain_name(str(about["name"])),
            "words": f"imported: {', '.join(str(name) for name in about['classes'])}",
            "family": id_ if about["family"] == "own" else str(about["family"]),
            "channels": int(about["channels"]),
            "size": int(about["size"]),
            "mean": tuple(float(value) for value in about["mean"]),
            "spread": tuple(float(value) for value in about["spread"]),
            "embedded": False,
            "pool": int(about["pool"]),
            "test": int(about["test"]),
            "classes": len(about["classes"]),
        }
    except (PackError, KeyError, TypeError, ValueError):
        return None


@lru_cache(maxsize=1024)
def teacher_fields(id_: str, path: Path, changed: int) -> Fields | None:
    """What a teacher that was trained here is; its weights are held to the sha256 when they are read."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        first, second, third = (int(width) for width in record["widths"])
        fields = {
            "id": str(record["id"]),
            "name": plain_name(str(record["name"])),
            "family": id_,
            "file": "teacher.safetensors",
            "sha256": str(record["sha256"]),
            "widths": (first, second, third),
            "patch": int(record["patch"]),
            "mirror": bool(record["mirror"]),
            "channels": int(record["channels"]),
            "parameters": int(record["parameters"]),
            "accuracy": float(record["accuracy"]),
            "tested_on": str(record["tested_on"]),
            "record": record,
            "own": True,
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None
    sound = 1 <= min(first, second, third) <= max(first, second, third) <= WIDEST
    sound = sound and 1 <= fields["patch"] <= LARGEST_PATCH and fields["channels"] in (1, 3)
    return fields if sound and fields["id"] == id_ and 0 <= fields["accuracy"] <= 1 else None
