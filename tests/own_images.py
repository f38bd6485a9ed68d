"""Images of a learner's own for the tests: a zip, a set that was read, a teacher that knows nothing."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np
import safetensors.torch
import torch

from app.catalog import available, paths
from app.catalog.architecture import Image, whitened
from app.catalog.pack import read_pack
from app.distillation.models import Network
from app.experiments import own_images, read_images
from app.store import ImageSet, Store
from app.store.image_sets import UPLOAD
from tests.pictures import encoded, picture

THREE = ("ants", "bees", "wasps")
WIDTHS = (4, 4, 4)


def pets(classes: Sequence[str] = THREE, each: int = 30, mode: str = "L", start: int = 0) -> dict[str, bytes]:
    """Paths and contents of small pictures whose class shows in their brightness."""
    files = {}
    for number, name in enumerate(classes):
        for i in range(each):
            dark = picture(start + 1000 * number + i, mode, (28, 28) if mode == "L" else (32, 32))
            light = 40 + 170 * number // max(1, len(classes) - 1)
            files[f"{name}/{i}.png"] = encoded(dark.point(lambda value, light=light: value // 6 + light))
    return files


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A zip in memory."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return body.getvalue()


def brought(
    store: Store, learner: str, files: Mapping[str, bytes] | bytes, name: str = "Insects", origin: str | None = None
) -> str:
    """The id of a set that was uploaded, from an address, and waits to be read."""
    set_id = store.images.new_id()
    folder = paths.own_folder(set_id)
    folder.mkdir(parents=True)
    (folder / UPLOAD).write_bytes(files if isinstance(files, bytes) else zip_bytes(files))
    store.images.add(set_id, learner, name, origin)
    return set_id


def read(store: Store, set_id: str) -> int:
    """Read an upload as its process does. Returns the exit status."""
    assert store.jobs.set(set_id, state="running")
    return read_images.main([set_id])


def was_previewed(store: Store, learner: str, files: Mapping[str, bytes] | bytes | None = None) -> str:
    """The id of a set that was understood, and about which nothing is decided."""
    set_id = brought(store, learner, files or pets())
    assert read(store, set_id) == 0
    return set_id


def was_read(store: Store, learner: str, files: Mapping[str, bytes] | None = None) -> str:
    """The id of a set that was understood and is in use as it is."""
    set_id = was_previewed(store, learner, files)
    own_images.use(store, found(store, set_id))
    return set_id


def was_taught(store: Store, learner: str, files: Mapping[str, bytes] | None = None, name: str = "Insects") -> str:
    """The id of a set with a teacher that knows nothing, for tests of everything but its training."""
    set_id = was_read(store, learner, files)
    assert store.images.ask_for_teacher(set_id, learner, name)
    assert store.jobs.set(set_id, state="running")
    write_teacher(set_id, name)
    assert store.jobs.set(set_id, state="finished", done=1.0, message="It gets 40.0% right.")
    return set_id


def write_teacher(set_id: str, name: str = "Insects") -> None:
    """Weights and record of a teacher that knows nothing."""
    data = available.data_sets()[set_id]
    torch.manual_seed(0)
    network = Network(whitened(Image(data.channels, data.size), WIDTHS, 3, data.classes))
    body = safetensors.torch.save(network.state_dict())
    folder = paths.own_folder(set_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "teacher.safetensors").write_bytes(body)
    digest = read_pack(data.path).digest()
    record = {"id": set_id, "name": "Trained here", "set": name, "sha256": hashlib.sha256(body).hexdigest()}
    record |= {"patch": 3, "mirror": False, "channels": data.channels, "parameters": 1000, "accuracy": 0.4}  # type: ignore[dict-item]
    record |= {"widths": list(WIDTHS), "tested_on": "18 test images", "test_images": 18, "data_digest": digest}  # type: ignore[dict-item]
    record |= {"accuracy_interval": [0.2, 0.6]}  # type: ignore[dict-item]
    (folder / "teacher.json").write_text(json.dumps(record), encoding="utf-8")


def found(store: Store, set_id: str) -> ImageSet:
    """A set that is there."""
    one = store.images.get(set_id)
    assert one is not None
    return one


def counts(set_id: str) -> list[int]:
    """Images of each class, to learn from and to test on together."""
    return np.bincount(read_pack(available.data_sets()[set_id].path).labels).tolist()  # type: ignore[no-any-return]
