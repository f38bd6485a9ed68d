"""Read full data sets from disk as packs, for training teachers. Downloads nothing."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.packs import POOL, TEST, Pack, Uint8, read_pack

IDX_FILES = {
    POOL: ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    TEST: ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


def full_pack(path: Path, classes: list[str]) -> Pack:
    """Read a full data set: split 0 holds the official training images, split 1 the official test images.

    path: a pack (.npz), a folder with the four IDX files (gzipped or not, also below MNIST/raw or FashionMNIST/raw),
    or a zip with train/CLASS/*.jpg and test/CLASS/*.jpg. Raises FileNotFoundError where it is none of these.
    """
    if path.suffix == ".npz":
        return read_pack(path)
    if path.suffix == ".zip":
        return _from_zip(path)
    for folder in (path, path / "MNIST" / "raw", path / "FashionMNIST" / "raw"):
        if folder.is_dir() and any(folder.glob("train-images-idx3-ubyte*")):
            return _from_idx(folder, classes)
    raise FileNotFoundError(f"{path} is neither a pack (.npz), nor a zip of class folders, nor a folder of IDX files")


def read_idx(file: Path) -> npt.NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes, gzipped where only FILE.gz exists. Raises ValueError where it is not one."""
    raw = file.read_bytes() if file.exists() else gzip.open(file.with_name(file.name + ".gz")).read()
    dimensions = raw[3] if raw[:3] == b"\x00\x00\x08" else 0
    shape = tuple(np.frombuffer(raw, ">u4", count=dimensions, offset=4).astype(int))
    if not dimensions or len(raw) != 4 + 4 * dimensions + int(np.prod(shape)):
        raise ValueError(f"{file.name} is not a complete IDX file of bytes")
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def _from_idx(folder: Path, classes: list[str]) -> Pack:
    images, labels, split = [], [], []
    for part, (image_file, label_file) in IDX_FILES.items():
        images.append(read_idx(folder / image_file)[:, None])
        labels.append(read_idx(folder / label_file))
        split.append(np.full(len(labels[-1]), part, np.uint8))
    return Pack(*(np.concatenate(parts) for parts in (images, labels, split)), {"classes": classes})


def _from_zip(path: Path) -> Pack:
    from PIL import Image

    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        classes = sorted({name.split("/")[1] for name in names})
        images = np.stack([np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB")) for name in names])
    labels = np.array([classes.index(name.split("/")[1]) for name in names], np.uint8)
    split = np.array([TEST if name.startswith("test/") else POOL for name in names], np.uint8)
    return Pack(np.ascontiguousarray(images.transpose(0, 3, 1, 2)), labels, split, {"classes": classes})


def leave_out(images: Uint8, forbidden: npt.NDArray[np.uint64], hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Positions of the images whose content hash is not among `forbidden`."""
    return np.flatnonzero(~np.isin(hashes, forbidden))
