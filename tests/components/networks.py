"""Writes what the browser's networks are tested against: every student that there is, and what torch answers.

``python -m tests.components.networks FOLDER`` tests each on 1,000 images, which takes minutes for the large ones.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from app.catalog import architecture
from app.catalog.declared import DATA, STUDENTS, DataSet
from app.catalog.pack import read_pack
from app.distillation.datasets import standardised
from app.distillation.models import Network, build_student
from app.experiments.students import students_file

IMAGES = 1000
PRODUCTS = 15_000_000  # of each network in the quick test
LEAK = 0.1


def every_student() -> Iterator[tuple[str, Network, DataSet]]:
    """(name, network with logits as large as those of trained ones, its images), each student on each kind of image."""
    three = replace(DATA["cifar10"], size=28, classes=3)  # as images of one's own may be
    for images in (DATA["mnist"], DATA["cifar10"], three):
        for entry in STUDENTS.values():
            for slope in (0.0, LEAK) if entry.id == "cnn-2k" else (0.0,):
                network = build_student(entry, images, torch.Generator().manual_seed(3), slope)
                with torch.no_grad():
                    logits = network(standardised(pixels(images)[:50], images.mean, images.spread))
                    network.get_submodule("head").get_parameter("weight").mul_(5 / logits.std())
                yield f"{entry.id} {images.channels}x{images.size} {slope}", network, images


def pixels(images: DataSet) -> Any:
    """IMAGES images, (n, channels, size, size) of 0 … 255: digits if they are digits, else noise of several sizes."""
    if images.id == "mnist":
        pack = read_pack(images.path)
        return pack.images[pack.test][:IMAGES]
    chance = np.random.default_rng(5)
    noise = chance.normal(128, 1, (IMAGES, images.channels, images.size, images.size))
    return (128 + (noise - 128) * chance.uniform(1, 90, (IMAGES, 1, 1, 1))).clip(0, 255).astype(np.uint8)


def write(folder: Path, products: float = PRODUCTS) -> list[dict[str, Any]]:
    """Write files of each, and return [{name, images, pixels, students, logits}]: how many images, and paths."""
    folder.mkdir()
    found = []
    for number, (name, network, images) in enumerate(every_student()):
        count = int(min(IMAGES, max(2, products // architecture.multiply_adds(network.architecture))))
        shown = np.ascontiguousarray(pixels(images)[:count])
        weights = {f"arm0.seed0.{layer}": value.numpy() for layer, value in network.state_dict().items()}
        with torch.inference_mode():
            said = network(standardised(shown, images.mean, images.spread))
        contents = {
            "pixels": shown.tobytes(),
            "students": students_file(weights, network.architecture, images, {}),
            "logits": said.numpy().tobytes(),
        }
        paths = {part: str(folder / f"{number}.{part}") for part in contents}
        for part, content in contents.items():
            Path(paths[part]).write_bytes(content)
        found.append({"name": name, "images": count, **paths})
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "fixtures.json").write_text(json.dumps({"networks": write(folder / "networks", np.inf)}), "utf-8")
