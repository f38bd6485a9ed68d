"""Read full data sets from disk as packs, for training teachers. Downloads nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tqdm import tqdm

from app.catalog.pack import POOL, TEST, Pack, read_pack
from app.distillation.fullsets import CIFAR_FOLDER, idx_files, read_cifar, read_idx_set
from app.images.layouts import opened
from app.images.pixels import read_images


def full_pack(path: Path, classes: list[str]) -> Pack:
    """Read a full data set: split 0 holds the official training images, split 1 the official test images.

    path: a pack (.npz), a folder with the four IDX files (gzipped or not, also below MNIST/raw or FashionMNIST/raw),
    CIFAR-10's archive or folder of batches for Python (also the folder that holds it), or a folder or zip with
    train/CLASS/* and test/CLASS/*. classes: the names if the files have numbers alone. Raises FileNotFoundError
    if the path is none of these, ValueError or ImportRefused if a file is damaged.
    """
    if path.suffix == ".npz":
        return read_pack(path)
    for folder in (path, path / "MNIST" / "raw", path / "FashionMNIST" / "raw"):
        if folder.is_dir() and any(folder.glob("train-images-idx3-ubyte*")):
            pack = read_idx_set(idx_files(folder))
            return Pack(pack.images, pack.labels, pack.split, {"classes": classes})
    for cifar in (path, path / CIFAR_FOLDER, path / "cifar-10-python.tar.gz"):
        if (cifar.name.endswith(".tar.gz") and cifar.is_file()) or (cifar / "test_batch").is_file():
            return read_cifar(cifar)
    if path.is_dir() or path.suffix == ".zip":
        return _class_folders(path)
    raise FileNotFoundError(
        f"{path} is neither a pack (.npz), nor IDX files, nor CIFAR-10's batches, nor class folders or a zip of them"
    )


def _class_folders(path: Path) -> Pack:
    with opened(path) as contents, tqdm(total=len(contents.entries), disable=None) as bar:
        if contents.test is None:
            raise FileNotFoundError(f"{path} has no train/ and test/ folders")
        read = read_images(contents, seen=lambda done: bar.update(done - bar.n) and None)
        split = np.where(contents.test[read.kept], TEST, POOL).astype(np.uint8)
        return Pack(read.images, contents.labels[read.kept], split, {"classes": contents.classes})
