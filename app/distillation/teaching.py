"""How a teacher is trained: the recipe, the network in training, its state on disk.

The shipped teachers (`pretrained.train_teachers`) and those for a learner's own images take the same way: AdamW for
the head and the norms, and for convolutions Muon (Jordan et al. 2024), which makes each update's singular values
equal; a learning rate that rises and then falls linearly; random shifts, and mirror images, blanked squares and small
random parts if the recipe says so.
"""

import dataclasses
import hashlib
import io
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from app.catalog.architecture import NETWORKS, Conv, Image, Layers, multiply_adds, parameters
from app.catalog.declared import CLASSES
from app.catalog.pack import Uint8
from app.catalog.shares import interval
from app.distillation import metrics
from app.distillation.checkpoints import file_digest, frozen, read_tensors, read_weights, write_tensors
from app.distillation.datasets import teacher_logits
from app.distillation.models import Network, whitening_filters
from app.distillation.progress import Diverged

STAGES = {"early": 0.035, "middle": 0.12}  # stored after these shares of the updates, if the recipe asks for it


@dataclass(frozen=True)
class Recipe:
    """How one teacher is built and trained."""

    data: str
    widths: tuple[int, int, int]
    patch: int
    epochs: int
    mirror: bool  # a mirror image keeps its class: in training one or the other, afterwards the mean of both answers
    shift: int = 2  # pixels, at most, in each direction
    batch: int = 500
    muon_rate: float = 0.12  # relative change of a convolution's weights by the first update
    adam_rate: float = 5e-3  # for the head and the norms
    momentum: float = 0.85
    decay: float = 5e-4
    smoothing: float = 0.0
    erase: int = 0  # side in pixels of a random square that is blanked; 0: none
    crop: int = 0  # side in pixels of the random part that is seen in all but the last third of epochs; 0: all
    whiten_floor: float = 5e-4  # added to variances of patches, so that mere noise is not made large
    jpeg: bool = False  # recompress three training images in ten at a random quality
    stages: bool = False  # store the early and the middle stage too
    network: str = "whitened"  # in `architecture.NETWORKS`

    def layers(self, channels: int, side: int, classes: int) -> Layers:
        """The network for images of so many channels and `side` × `side` pixels."""
        return NETWORKS[self.network](Image(channels, side, self.mirror), self.widths, self.patch, classes)


class Muon(torch.optim.Optimizer):
    """Momentum whose update matrix is orthogonalised, for convolutions (Jordan et al. 2024).

    The gradient of a convolution, read as an (outputs, inputs·h·w) matrix, is replaced by the nearest matrix with
    equal singular values (a Newton–Schulz iteration). Weights are kept at a constant norm, so that `lr` is the
    relative size of a step.
    """

    def __init__(self, weights: list[nn.Parameter], lr: float, momentum: float) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Apply one update to every weight that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                momentum = self.state[weight].setdefault("momentum", torch.zeros_like(weight.grad))
                momentum.mul_(group["momentum"]).add_(weight.grad)
                direction = weight.grad.add(momentum, alpha=group["momentum"])  # Nesterov
                weight.mul_(len(weight) ** 0.5 / weight.norm())
                weight.add_(orthogonalised(direction.flatten(1)).view_as(weight), alpha=-group["lr"])


def orthogonalised(matrix: Tensor, steps: int = 4) -> Tensor:
    """The matrix (m, n) with its singular values moved close to 1, by a quintic Newton–Schulz iteration."""
    a, b, c = 3.4445, -4.7750, 2.0315  # coefficients of Jordan et al. 2024
    x: Tensor = matrix / (matrix.norm() + 1e-7)
    if len(x) > x.shape[1]:
        return orthogonalised(matrix.T, steps).T
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


def augmented(images: Tensor, recipe: Recipe, generator: torch.Generator, crop: int = 0) -> Tensor:
    """Random mirror images, shifts (edges repeated) and blanked squares, a draw of its own for each image.

    images: (batch, channels, side, side). crop: side of the random part that is kept, in pixels; 0: all.
    Returns (batch, channels, side or crop, side or crop).
    """
    count, _, side, _ = images.shape
    kept = torch.arange(crop or side)

    def draw(high: int) -> Tensor:
        return torch.randint(high, (count, 1, 1, 1), generator=generator)

    if recipe.mirror:
        images = torch.where(draw(2).bool(), images.flip(-1), images)
    pad = recipe.shift
    padded = F.pad(images, (pad,) * 4, mode="replicate")
    rows = draw(side + 2 * pad - len(kept) + 1) + kept.view(1, 1, -1, 1)
    columns = draw(side + 2 * pad - len(kept) + 1) + kept.view(1, 1, 1, -1)
    images = padded[
        torch.arange(count).view(-1, 1, 1, 1), torch.arange(images.shape[1]).view(1, -1, 1, 1), rows, columns
    ]
    if recipe.erase:
        down = kept.view(1, 1, -1, 1) - draw(len(kept))
        right = kept.view(1, 1, 1, -1) - draw(len(kept))
        blank = (down.abs() <= recipe.erase // 2) & (right.abs() <= recipe.erase // 2)
        images = images.masked_fill(blank, 0.0)
    return images


def recompressed(images: Uint8, rng: np.random.Generator) -> Uint8:
    """Three images in ten saved as JPEG at a random quality and read back. images: (n, 3, h, w) uint8."""
    from PIL import Image

    changed = images.copy()
    for i in np.flatnonzero(rng.random(len(images)) < 0.3):
        buffer = io.BytesIO()
        Image.fromarray(images[i].transpose(1, 2, 0)).save(buffer, "JPEG", quality=int(rng.integers(60, 100)))
        changed[i] = np.asarray(Image.open(buffer)).transpose(2, 0, 1)
    return changed


class TeacherTraining:
    """A teacher in training: network, optimizers, stages passed and epochs done."""

    def __init__(
        self,
        recipe: Recipe,
        images: Uint8,
        seed: int,
        standardise: Callable[[Uint8], Tensor],
        classes: int = CLASSES,
    ) -> None:
        torch.manual_seed(seed)
        teacher = Network(recipe.layers(images.shape[1], images.shape[2], classes))
        some = np.random.default_rng(seed).permutation(len(images))[:5000]
        sample = standardise(images[some])
        for layer in teacher.architecture:
            if isinstance(layer, Conv) and layer.fixed:
                filters = whitening_filters(sample, layer.filter, recipe.whiten_floor)
                teacher.get_parameter(f"{layer.name}.weight").data = filters
                nn.init.zeros_(teacher.get_parameter(f"{layer.name}.bias"))
        self.teacher: Network = teacher.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        convolutions = [p for p in teacher.parameters() if p.requires_grad and p.ndim == 4]
        others = [p for p in teacher.parameters() if p.requires_grad and p.ndim != 4]
        self.optimizers: tuple[torch.optim.Optimizer, ...] = (
            Muon(convolutions, lr=recipe.muon_rate, momentum=recipe.momentum),
            torch.optim.AdamW(others, lr=recipe.adam_rate, weight_decay=recipe.decay),
        )
        self.peaks = (recipe.muon_rate, recipe.adam_rate)
        self.stages: dict[str, dict[str, Tensor]] = {}  # name → weights at that moment
        self.epoch, self.seconds = 0, 0.0  # done so far, and how long that took

    def step(self, share: float) -> None:
        """Apply one update at this share of the peak learning rates."""
        for optimizer, peak in zip(self.optimizers, self.peaks, strict=True):
            optimizer.param_groups[0]["lr"] = share * peak
            optimizer.step()

    def keep(self, file: Path, record: dict[str, str]) -> None:
        """Write everything that the next epochs depend on. Raises OSError."""
        tensors = {f"network/{name}": value for name, value in self.teacher.state_dict().items()}
        for stage, weights in self.stages.items():
            tensors |= {f"stage/{stage}/{name}": value for name, value in weights.items()}
        for number, optimizer in enumerate(self.optimizers):
            for i, state in optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer/{number}/{i}/{key}": value for key, value in state.items()}
        write_tensors(file, tensors, record | {"epoch": str(self.epoch), "seconds": f"{self.seconds:.1f}"})

    def resume(self, file: Path, record: dict[str, str]) -> None:
        """Go on from what `keep` wrote with the same record: recipe, seed, images, threads, version; else from zero."""
        try:
            tensors, about = read_tensors(file)
        except (OSError, ValueError):
            return
        if any(about.get(key) != value for key, value in record.items()):
            return
        below: dict[str, dict[str, Tensor]] = {part: {} for part in ("network", "stage", "optimizer")}
        for path, value in tensors.items():
            part, name = path.split("/", 1)
            below[part][name] = value
        self.teacher.load_state_dict(below["network"])
        for path, value in below["stage"].items():
            stage, name = path.split("/")
            self.stages.setdefault(stage, {})[name] = value
        for number, optimizer in enumerate(self.optimizers):
            whole = optimizer.state_dict()
            for path, value in below["optimizer"].items():
                of, i, key = path.split("/")
                if int(of) == number:
                    whole["state"].setdefault(int(i), {})[key] = value
            optimizer.load_state_dict(whole)
        self.epoch, self.seconds = int(about["epoch"]), float(about["seconds"])


def train(
    recipe: Recipe,
    images: Uint8,
    labels: Uint8,
    seed: int,
    standardise: Callable[[Uint8], Tensor],
    progress: Path | None = None,
    *,
    classes: int = CLASSES,
    each_epoch: Callable[[TeacherTraining], bool] = lambda _training: False,
) -> TeacherTraining:
    """Train one teacher: it is in evaluation mode at the end.

    images: (n, c, h, w) uint8, n at least the recipe's batch. labels: (n,) uint8, below `classes`. standardise: uint8
    images → float images of mean 0, spread 1. progress: a file that keeps the state after every epoch, and from which a
    training that was ended goes on. each_epoch: looks at the training after every epoch, before its state is kept; it
    may add a stage to it, and end it by returning True. Raises Diverged.
    """
    training = TeacherTraining(recipe, images, seed, standardise, classes)
    record = {
        "recipe": json.dumps(dataclasses.asdict(recipe)),
        "seed": str(seed),
        "images": hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest(),
        "threads": str(torch.get_num_threads()),
        "torch": torch.__version__,
    }
    if progress:
        training.resume(progress, record)
    start = time.perf_counter() - training.seconds
    targets, teacher = torch.from_numpy(labels.astype(np.int64)), training.teacher
    per_epoch = len(images) // recipe.batch
    updates = recipe.epochs * per_epoch
    keep_at = {max(1, round(share * updates)): name for name, share in STAGES.items()} if recipe.stages else {}
    bar = tqdm(total=updates, initial=training.epoch * per_epoch, unit="update", disable=None, mininterval=10)
    enough = False
    while training.epoch < recipe.epochs and not enough:
        generator = torch.Generator().manual_seed(1000 * seed + training.epoch)
        seen = recompressed(images, np.random.default_rng((seed, training.epoch))) if recipe.jpeg else images
        order = torch.randperm(len(images), generator=generator)
        crop = recipe.crop if 3 * training.epoch < 2 * recipe.epochs else 0
        for i in range(per_epoch):
            update = training.epoch * per_epoch + i
            rows = order[i * recipe.batch : (i + 1) * recipe.batch]
            inputs = augmented(standardise(seen[rows.numpy()]), recipe, generator, crop)
            logits = teacher(inputs.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits, targets[rows], label_smoothing=recipe.smoothing)
            if not math.isfinite(loss.item()):
                raise Diverged(f"The teacher’s loss was no finite number any more after {update} updates.")
            teacher.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            training.step(falling(update, updates))
            bar.update()
            if update % 20 == 0:
                bar.set_postfix(epoch=training.epoch + 1, loss=f"{loss.item():.3f}")
            if update + 1 in keep_at:
                training.stages[keep_at[update + 1]] = {
                    name: value.clone() for name, value in teacher.state_dict().items()
                }
        training.epoch += 1
        enough = each_epoch(training)
        training.seconds = time.perf_counter() - start
        if progress:
            training.keep(progress, record)
    if progress:
        progress.unlink(missing_ok=True)
    teacher.eval()
    return training


def falling(update: int, updates: int) -> float:
    """Learning rate as a share of its peak: up over the first tenth, then linearly down to 0.02."""
    return min(1.0, (update + 1) / (0.1 * updates), 0.02 + 0.98 * (updates - update) / (0.9 * updates))


# ── what is kept and said of one ─────────────────────────────────────────────────────────────────────────────────


def keep_teacher(
    file: Path, recipe: Recipe, weights: dict[str, Tensor], images: Tensor, labels: Tensor, classes: int, way_out: str
) -> dict[str, Any]:
    """Write a teacher's weights: matrices and filters in float16; norms (few numbers, some large) in float32.

    images: to test on, (n, c, h, w) standardised. labels: (n,). way_out: a sentence for the reader of an error. Returns
    what a record says of network, file and accuracy, which is measured on the file, read back. Raises OSError,
    CheckpointError.
    """
    halves = {name: value.half() if value.ndim > 1 else value for name, value in weights.items()}
    write_tensors(file, {name: value.detach() for name, value in halves.items()}, {})
    digest, channels = file_digest(file), images.shape[1]
    layers = recipe.layers(channels, images.shape[2], classes)
    network = Network(layers)
    network.load_state_dict(read_weights(file, digest, way_out))
    chosen = teacher_logits(frozen(network), images, batch=500).argmax(-1)
    right = float((chosen == labels).float().mean())
    of_class = [chosen[labels == number] == number for number in range(classes)]
    return {
        "file": file.name,
        "sha256": digest,
        "bytes": file.stat().st_size,
        "precision": "float16 weights, float32 norms",
        "network": recipe.network,
        "widths": list(recipe.widths),
        "patch": recipe.patch,
        "mirror": recipe.mirror,
        "channels": channels,
        "classes": classes,
        "parameters": parameters(layers),
        "multiply_adds": multiply_adds(layers),
        "accuracy": right,
        "accuracy_interval": interval(right, len(labels)),
        "class_accuracy": [round(float(one.float().mean()), 4) if len(one) else None for one in of_class],
        "test_images": len(labels),
        "torch": str(torch.__version__),
    }


def accuracy(teacher: Network, images: Tensor, labels: Tensor) -> float:
    """`metrics.accuracy` on images (n, c, h, w)."""
    return float(metrics.accuracy(teacher_logits(teacher, images, batch=500), labels))
