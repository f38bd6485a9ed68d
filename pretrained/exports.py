"""Write a trained teacher to disk: weights, proof of what it saw, manifest entry, model card.

A folder of teachers holds ``manifest.json``, and for each teacher ``<id>.safetensors`` and ``<id>.md``; teachers of
one family share ``<family>.trained_on.npy``, the sorted content hashes of every image that they learned from.
What the manifest says of a teacher's accuracy is measured on the file that was written, after reading it back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.catalog.declared import CLASSES
from app.catalog.families import FAMILIES
from app.catalog.pack import image_hashes
from app.catalog.paths import replacing
from app.distillation.checkpoints import file_digest
from app.distillation.teaching import Recipe, keep_teacher
from pretrained.courses import Course

WAY_OUT = "Train it again: python -m pretrained.train_teachers --help"


@dataclass(frozen=True)
class Candidate:
    """A trained teacher that is to be stored: weights and what should be said of them."""

    id: str
    name: str
    note: str  # what sets this teacher apart, one sentence
    recipe: Recipe
    weights: dict[str, Tensor]
    training: dict[str, Any]  # stage, smoothing, recipe, command, seed, seconds, threads, date


def export(out: Path, candidate: Candidate, course: Course, standardised_test: Tensor) -> dict[str, Any]:
    """Write one teacher into the folder `out` and return its manifest entry.

    standardised_test: (m, c, h, w), the test images as the network takes them. Raises OSError if `out` cannot be
    written, CheckpointError if what was written does not read back.
    """
    weight_file, proof_file = out / f"{candidate.id}.safetensors", out / f"{course.family}.trained_on.npy"
    hashes = np.sort(image_hashes(course.images))
    write_proof(proof_file, hashes)

    test = standardised_test, torch.from_numpy(course.test_labels.astype(np.int64))
    entry: dict[str, Any] = {
        "id": candidate.id,
        "name": candidate.name,
        "note": candidate.note,
        "family": course.family,
        **keep_teacher(weight_file, candidate.recipe, candidate.weights, *test, CLASSES, WAY_OUT),
        "tested_on": course.tested_on,
        "data": course.words,
        "licence": course.licence,
        "trained_images": len(course.images),
        "left_out": course.left_out,
        "trained_on": proof_file.name,
        "trained_on_sha256": file_digest(proof_file),
        **({} if course.original else {"accuracy_on_originals": None}),
        **candidate.training,
    }
    entry = json.loads(json.dumps(entry))  # as it will be read
    write_text(out / f"{candidate.id}.md", model_card(entry))
    add_to_manifest(out / "manifest.json", entry)
    return entry


def write_proof(file: Path, hashes: np.ndarray[Any, np.dtype[np.uint64]]) -> None:
    """Store content hashes; left alone if the file already holds the same."""
    if not file.exists() or not np.array_equal(np.load(file, allow_pickle=False), hashes):
        np.save(file, hashes, allow_pickle=False)


def add_to_manifest(file: Path, entry: dict[str, Any]) -> None:
    """Add an entry, or replace the one with the same id in its place."""
    entries = json.loads(file.read_text(encoding="utf-8"))["teachers"] if file.exists() else []
    if any(old["id"] == entry["id"] for old in entries):
        entries = [entry if old["id"] == entry["id"] else old for old in entries]
    else:
        entries.append(entry)
    write_text(file, json.dumps({"teachers": entries}, indent=1, ensure_ascii=False) + "\n")


def write_text(file: Path, text: str) -> None:
    """Write a text in one move."""
    with replacing(file) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def check_folder(folder: Path) -> list[str]:
    """What is wrong with a folder of teachers, in sentences: files that are missing or not as the manifest says."""
    problems = []
    for entry in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["teachers"]:
        for name, digest in ((entry["file"], entry["sha256"]), (entry["trained_on"], entry["trained_on_sha256"])):
            if not (folder / name).exists():
                problems.append(f"{entry['id']}: {name} is missing")
            elif file_digest(folder / name) != digest:
                problems.append(f"{entry['id']}: {name} is not the file that the manifest names")
        card = folder / f"{entry['id']}.md"
        if not card.exists() or card.read_text(encoding="utf-8") != model_card(entry):
            problems.append(f"{entry['id']}: the model card {card.name} does not say what the manifest says")
    return problems


CARD = """# {name}

{note}

| | |
|---|---|
| network | `{network}` of `app/catalog/architecture.py`, widths {widths}, patches of {patch} × {patch}{looks} |
| size | {parameters:,} parameters, {multiply_adds:,} multiply–adds an image |
| file | {bytes:,} bytes ({precision}) |
| accuracy | **{percent:.2f}%** of {test_images:,} images, 95% interval {low:.2f} … {high:.2f}% (Wilson) |
| tested on | {tested_on} |
| learned from | {trained_images:,} images: {data} |
| left out | {left_out:,} images that are among the embedded test images |
| trained | {date}, {seconds:,.0f} s with {threads} threads, torch {torch} |
| sha256 | `{sha256}` |

The accuracy is that of the stored file, read back.{originals}

## What it saw
`{trained_on}` holds the first 64 bits of the sha256 of every image that it learned from, sorted (the file's own
sha256 is in `manifest.json`). No image of the app's embedded test split is among them, and a test checks that.

## Recipe
{recipe_words}

{recipe_lines}

## Limits
{limits}

## Data and licence
{licence} The weights are released under the licence of the project (MIT).

## Train it again
```
{command}
```
The same command on the same machine, torch version and number of threads gives the same weights; elsewhere sums may
be rounded otherwise, and the accuracy may differ by a few images.
"""

RECIPE_WORDS = """\
Convolutions by Muon (Jordan et al. 2024), head and norms by AdamW; the learning rate rises over the first tenth of
the updates and then falls linearly. Cross-entropy with the labels; random shifts, and mirror images, blanked squares
and small random parts (in all but the last third of the epochs) where the recipe says so. The first layer whitens
patches and is set from the data, not trained."""


def model_card(entry: dict[str, Any]) -> str:
    """The model card of a manifest entry, in Markdown."""
    low, high = entry["accuracy_interval"]
    originals = ""
    if "accuracy_on_originals" in entry:
        originals = (
            "\nBoth the training and the test images are a JPEG copy. **Accuracy on the original images: unmeasured**"
            " here; the app measures it on your machine after you download the originals."
        )
    return CARD.format(
        **{"network": "whitened"} | {key: value for key, value in entry.items() if key != "widths"},
        widths=" · ".join(str(width) for width in entry["widths"]),
        looks="; the mean of its logits for the image and its mirror image" if entry["mirror"] else "",
        percent=100 * entry["accuracy"],
        low=100 * low,
        high=100 * high,
        originals=originals,
        recipe_words=RECIPE_WORDS,
        recipe_lines="\n".join(f"- {key}: {json.dumps(value)}" for key, value in entry["recipe"].items()),
        limits=FAMILIES[entry["family"]].limits,
    )
