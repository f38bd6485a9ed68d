"""Small images, folders and zips for the tests of importing, and the import itself, watched."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.images import import_images
from app.images.sources import ImportRefused


def picture(seed: int, mode: str = "RGB", size: tuple[int, int] = (32, 32)) -> Image.Image:
    """Random pixels, different for every seed."""
    rng = np.random.default_rng(seed)
    colours = Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    return colours if mode == "RGB" else colours.convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The image as a file of that kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(seed: int, mode: str = "RGB", size: tuple[int, int] = (32, 32)) -> bytes:
    return encoded(picture(seed, mode, size))


def class_files(classes: Iterable[str], each: int = 5, mode: str = "RGB", under: str = "") -> dict[str, bytes]:
    """Paths and contents of `each` PNGs per class; no two are the same."""
    start = sum(under.encode()) * 1000
    return {
        f"{under}{name}/{i}.png": png(start + 100 * number + i, mode)
        for number, name in enumerate(classes)
        for i in range(each)
    }


def zipped(path: Path, files: Mapping[str, bytes] | Iterable[tuple[str, bytes]], level: int | None = None) -> Path:
    """A zip at `path`; pairs may repeat a name."""
    pairs = files.items() if isinstance(files, Mapping) else files
    kind = zipfile.ZIP_DEFLATED if level else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind, compresslevel=level) as archive:
        for name, content in pairs:
            archive.writestr(zipfile.ZipInfo(name) if level is None else name, content)
    return path


def folder(path: Path, files: Mapping[str, bytes]) -> Path:
    """The same as a folder."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def imported(path: Path, **options: object) -> import_images.ImportResult:
    return import_images.import_images(path, **options)  # type: ignore[arg-type]


def refused(path: Path, home: Path, **options: object) -> str:
    """The sentence with which an import is refused; it must leave nothing behind."""
    with pytest.raises(ImportRefused) as caught:
        imported(path, **options)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert len(sentence) < 400
    assert not list(home.rglob("*.npz")) or "already" in sentence
    assert not list(home.rglob("*.part"))
    return sentence
