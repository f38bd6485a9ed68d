"""Train a teacher on images of one's own, in a process of its own, with its progress in the store.

    python -m app.experiments.teach own-…

The runner starts this when a learner asks for it, and closes its input when they change their mind; anybody may run it
by hand for images that were imported on the command line. It learns from the images to learn from, without a part on
which the best epoch is chosen; the test images are looked at once, at the end, with the weights as they are kept. Its
state is kept after every epoch: a training that was ended goes on from there when it is asked for again. Weights and
record appear in one move each, the record last: a teacher is there with both, or not at all.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from app.catalog import available, declared, paths
from app.catalog.declared import DataSet
from app.catalog.own_sets import ID, KEPT_ASIDE, teacher_epochs
from app.catalog.pack import Pack, PackError, read_pack
from app.catalog.rounding import rounded
from app.distillation import metrics
from app.distillation.datasets import load_material, standardised
from app.distillation.models import Network
from app.distillation.progress import Diverged
from app.distillation.teaching import Recipe, TeacherTraining, keep_teacher, train
from app.experiments.job_process import Refused, Report, be_nice, do
from app.experiments.teacher_answers import teacher_answers
from app.store import Store

SEED = 1
BUDGET_SECONDS = 600.0  # after which the best epoch so far is taken: on a machine that is busy with something else
BEST, AT = "best", "at"  # the stages that hold the weights that are kept, and of which epoch they are
WAY_OUT = "Train the teacher again."


def recipe_for(images: int, channels: int, mirror: bool) -> Recipe:
    """How a teacher learns from few images: the shipped ones' way, with more epochs of smaller batches.

    images: to learn from. channels: 1 or 3. mirror: whether a mirror image shows the same thing.
    """
    batch = 64 if images >= 640 else 32 if images >= 160 else 16
    colour = channels == 3
    return Recipe(
        "own",
        (32, 64, 128),
        patch=2 if colour else 3,
        epochs=teacher_epochs(images),
        mirror=mirror,
        shift=2,
        batch=min(batch, images),
        muon_rate=0.06,
        erase=6 if colour else 4,
        whiten_floor=2e-2,
    )


@dataclass
class Best:
    """The best epoch so far, by accuracy on the images that were kept aside, then by cross-entropy."""

    right: float = -1.0
    loss: float = float("inf")
    epoch: int = 0

    def look(self, training: TeacherTraining, images: Tensor, labels: Tensor) -> float:
        """Test the network as it is; where it is the best so far, it becomes the stage BEST. Returns its accuracy."""
        if self.epoch == 0 and BEST in training.stages:  # it goes on from an earlier process
            self._remember(training, images, labels)
        network = training.teacher
        right, loss = measured(network, images, labels)
        if (right, -loss) > (self.right, -self.loss):
            self.right, self.loss, self.epoch = right, loss, training.epoch
            training.stages[BEST] = {name: value.clone() for name, value in network.state_dict().items()}
            training.stages[AT] = {"epoch": torch.tensor(training.epoch)}
        return right

    def _remember(self, training: TeacherTraining, images: Tensor, labels: Tensor) -> None:
        now = {name: value.clone() for name, value in training.teacher.state_dict().items()}
        training.teacher.load_state_dict(training.stages[BEST])
        self.right, self.loss = measured(training.teacher, images, labels)
        self.epoch = int(training.stages[AT]["epoch"])
        training.teacher.load_state_dict(now)


@torch.inference_mode()
def measured(network: Network, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """(accuracy, cross-entropy) of a network in training, which it stays."""
    network.eval()
    logits = torch.cat([network(part) for part in torch.split(images, 250)])
    network.train()
    return float(metrics.accuracy(logits, labels)), float(F.cross_entropy(logits, labels))


def kept_aside(labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """True for the images that the epoch is chosen by: of every class the first KEPT_ASIDE, at least one.

    labels: (n,), in a pack's order, which depends on the content of the images alone.
    """
    aside = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        aside[members[: max(1, round(KEPT_ASIDE * len(members)))]] = True
    return aside


def teach(set_id: str, report: Report) -> tuple[str, None]:
    """Train, keep and test the teacher of a set. Returns what it can do, in words. Raises Refused."""
    data = available.data_sets().get(set_id)
    if data is None or not ID.fullmatch(set_id) or data.id != data.family:
        raise Refused("These images are not here, or have a teacher already. Bring them again.")
    try:
        pack = read_pack(data.path)
    except PackError as error:
        raise Refused(str(error)) from error
    folder = paths.own_folder(set_id)
    torch.set_num_threads(declared.THREADS_PER_RUN)  # two would wait for each other wherever students train, too
    images, labels = pack.images[pack.pool], pack.labels[pack.pool]
    aside = kept_aside(labels)
    mirror = bool(report.record.get("mirror", data.channels == 3))
    recipe = recipe_for(int((~aside).sum()), data.channels, mirror)
    checked = torch.from_numpy(labels[aside].astype(np.int64))
    standardise = partial(standardised, mean=data.mean, spread=data.spread)
    seen = standardise(images[aside]).contiguous(memory_format=torch.channels_last)
    best, begun = Best(), time.monotonic()

    def each_epoch(training: TeacherTraining) -> bool:
        right = best.look(training, seen, checked)
        words = f"epoch {training.epoch} of {recipe.epochs}: {right:.0%} of {len(checked)} images kept aside are right"
        report.told(0.98 * training.epoch / recipe.epochs, words, now=True)
        return time.monotonic() - begun > BUDGET_SECONDS

    report.told(0.0, "getting ready", now=True)
    try:
        trained = train(
            recipe,
            *(images[~aside], labels[~aside], SEED),
            standardise,
            folder / "progress.safetensors",
            classes=data.classes,
            each_epoch=each_epoch,
        )
    except Diverged as error:
        raise Refused(f"{error} Bring more images, or others.") from error
    report.told(0.99, "being tested on images that it has not seen", now=True)
    told = {
        "seed": SEED,
        "threads": declared.THREADS_PER_RUN,
        "seconds": round(trained.seconds, 1),
        "recipe": dataclasses.asdict(recipe),
        "trained_images": int((~aside).sum()),
        "chosen_by": f"{len(checked)} of the images to learn from, which were kept aside",
        "chosen_images": len(checked),
        "chosen_accuracy": best.right,
        "chosen_epoch": best.epoch,
    }
    entry = keep(folder, data, pack, report.name, recipe, trained.stages[BEST], told)
    material = load_material(set_id, set_id)  # leaves the teacher's logits in the cache
    Store().teachers.note(teacher_answers(set_id, set_id, material))
    right, (low, high) = entry["accuracy"], entry["accuracy_interval"]
    tests = entry["test_images"]
    reached = rounded(100 * right, 1)
    return f"It gets {reached}% of {tests:,} test images right (95% interval {low:.0%} to {high:.0%}).", None


def keep(
    folder: Path, data: DataSet, pack: Pack, name: str, recipe: Recipe, weights: dict[str, Tensor], told: dict[str, Any]
) -> dict[str, Any]:
    """Write weights and record of a teacher, tested with the weights as they are kept. Returns the record.

    Nothing in it names a learner. Raises OSError, CheckpointError.
    """
    file = folder / "teacher.safetensors"
    with suppress(PermissionError):  # on Windows a page may be reading it; without its weights it counts no more
        (folder / "teacher.json").unlink(missing_ok=True)  # of earlier weights
    test_images = standardised(pack.images[pack.test], data.mean, data.spread)
    test_labels = torch.from_numpy(pack.labels[pack.test].astype(np.int64))
    entry = {
        "id": data.id,
        "name": "Trained here",
        "set": name,
        "note": "Trained on this machine, on these images.",
        "family": data.id,
        **keep_teacher(file, recipe, weights, test_images, test_labels, data.classes, WAY_OUT),
        "tested_on": f"{len(test_labels):,} test images of the set, which it has not learnt from",
        "data_digest": pack.digest(),
        **told,
        "command": f"python -m app.experiments.teach {data.id}",
        "date": datetime.now(UTC).date().isoformat(),
    }
    with paths.replacing(folder / "teacher.json") as beside:
        beside.write_text(json.dumps(entry, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return entry


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the process. Returns its exit status, as `do`."""
    return do("teach", teach, arguments, about="Train a teacher on a set own-….")


if __name__ == "__main__":
    be_nice()
    sys.exit(main())
