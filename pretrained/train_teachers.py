"""Train the shipped teachers, measure them on the official test images, and write weights, manifest and cards.

    python -m pretrained.train_teachers mnist --data FOLDER           (MNIST as torchvision stores it)
    python -m pretrained.train_teachers mnist-smoothed --data FOLDER
    python -m pretrained.train_teachers fashion --data FOLDER         (the four IDX files, gzipped or not)
    python -m pretrained.train_teachers cifar10 --data PATH           (torchvision's folder, or class folders, or a zip)
    python -m pretrained.train_teachers all --data FOLDER             (a folder that holds all three)
    python -m pretrained.train_teachers mnist --dry-run               (seconds; writes to a temporary folder)

The recipe: AdamW for the head and the norms, and for convolutions Muon (Jordan et al. 2024), which makes each
update's singular values equal; a linearly falling learning rate; random shifts (and mirror images where a mirror
image keeps its class); no label smoothing unless the name says so, since smoothing erases what a teacher knows about
the wrong classes (Müller et al. 2019).

Training images that occur in the embedded test split are left out, by content. The dry run learns for a few updates
from the embedded samples (from random pictures in place of CIFAR-10, which is not embedded), writes everything that
a real run writes, and checks it.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from app.catalog import DATA
from app.distillation.models import Teacher, whitening_filters
from app.packs import Uint8
from pretrained.courses import Course, full_course, tiny_course
from pretrained.exports import Candidate, check_folder, export

TEACHERS = Path(__file__).parent / "teachers"
STAGES = {"early": 0.035, "middle": 0.12}  # stored after these shares of the MNIST teacher's updates


@dataclass(frozen=True)
class Recipe:
    """How one teacher is built and trained."""

    data: str
    widths: tuple[int, int, int]
    patch: int
    epochs: float
    mirror: bool  # a mirror image keeps its class
    shift: int = 2  # pixels, at most, in each direction
    batch: int = 500
    muon_rate: float = 0.12  # relative change of a convolution's weights by the first update
    adam_rate: float = 5e-3  # for the head and the norms
    momentum: float = 0.85
    decay: float = 5e-4
    smoothing: float = 0.0
    erase: int = 0  # side in pixels of a random square that is blanked; 0: none
    jpeg: bool = False  # recompress three training images in ten at a random quality
    stages: bool = False  # store the early and the middle stage too


RECIPES = {
    "mnist": Recipe("mnist", (32, 64, 128), 3, epochs=8, mirror=False, stages=True),
    "mnist-smoothed": Recipe("mnist", (32, 64, 128), 3, epochs=8, mirror=False, smoothing=0.1),
    "fashion": Recipe("fashion", (48, 96, 192), 3, epochs=5, mirror=True, shift=2, erase=5),
    "cifar10": Recipe("cifar10", (64, 256, 256), 2, epochs=10, mirror=True, shift=2, jpeg=True),
}
NAMES = {
    "mnist": "MNIST, fully trained",
    "mnist-early": "MNIST, stopped early",
    "mnist-middle": "MNIST, stopped midway",
    "mnist-smoothed": "MNIST, label-smoothed",
    "fashion": "Fashion, fully trained",
    "cifar10": "CIFAR-10, fully trained",
}
DRY_UPDATES, DRY_BATCH = 14, 16


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


def augmented(images: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    """Random mirror images, shifts (edges repeated) and blanked squares, a draw of its own for each image.

    images: (batch, channels, h, w). Returns the same shape.
    """
    count, _, height, width = images.shape

    def draw(high: int) -> Tensor:
        return torch.randint(high, (count, 1, 1, 1), generator=generator)

    if recipe.mirror:
        images = torch.where(draw(2).bool(), images.flip(-1), images)
    pad = recipe.shift
    padded = F.pad(images, (pad,) * 4, mode="replicate")
    rows = draw(2 * pad + 1) + torch.arange(height).view(1, 1, -1, 1)
    columns = draw(2 * pad + 1) + torch.arange(width).view(1, 1, 1, -1)
    images = padded[
        torch.arange(count).view(-1, 1, 1, 1), torch.arange(images.shape[1]).view(1, -1, 1, 1), rows, columns
    ]
    if recipe.erase:
        down = torch.arange(height).view(1, 1, -1, 1) - draw(height)
        right = torch.arange(width).view(1, 1, 1, -1) - draw(width)
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


@dataclass(frozen=True)
class Trained:
    """What a training run leaves behind."""

    teacher: Teacher
    stages: dict[str, dict[str, Tensor]]  # name → weights at that moment
    seconds: float


def train(recipe: Recipe, images: Uint8, labels: Uint8, seed: int, standardise: Callable[[Tensor], Tensor]) -> Trained:
    """Train one teacher.

    images: (n, c, h, w) uint8. labels: (n,) uint8. standardise: uint8 images → float images of mean 0, spread 1.
    """
    torch.manual_seed(seed)
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    targets = torch.from_numpy(labels.astype(np.int64))
    teacher = Teacher(images.shape[1], recipe.widths, recipe.patch)
    sample = standardise(torch.from_numpy(images[rng.permutation(len(images))[:5000]]))
    teacher.whiten.weight.data = whitening_filters(sample, recipe.patch)
    assert teacher.whiten.bias is not None
    nn.init.zeros_(teacher.whiten.bias)
    teacher = teacher.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    convolutions = [p for p in teacher.blocks.parameters() if p.ndim == 4]
    others = [p for p in teacher.parameters() if p.requires_grad and not any(p is q for q in convolutions)]
    optimizers = (
        Muon(convolutions, lr=recipe.muon_rate, momentum=recipe.momentum),
        torch.optim.AdamW(others, lr=recipe.adam_rate, weight_decay=recipe.decay),
    )
    updates = round(recipe.epochs * (len(images) // recipe.batch))
    schedules = [torch.optim.lr_scheduler.LambdaLR(o, lambda i: falling(i, updates)) for o in optimizers]
    keep_at = {max(1, round(share * updates)): name for name, share in STAGES.items()} if recipe.stages else {}
    stages, start = {}, time.perf_counter()
    bar = tqdm(
        batches(recipe, images, updates, generator, rng), total=updates, unit="update", disable=None, mininterval=10
    )
    for update, (rows, raw) in enumerate(bar, start=1):
        inputs = augmented(standardise(raw), recipe, generator).contiguous(memory_format=torch.channels_last)
        loss = F.cross_entropy(teacher(inputs), targets[rows], label_smoothing=recipe.smoothing)
        teacher.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            schedule.step()
        if update % 20 == 0:
            bar.set_postfix(loss=f"{loss.item():.3f}")
        if update in keep_at:
            stages[keep_at[update]] = {name: value.clone() for name, value in teacher.state_dict().items()}
    return Trained(teacher.eval(), stages, time.perf_counter() - start)


def falling(update: int, updates: int, floor: float = 0.02) -> float:
    """Learning rate as a share of its peak: up over the first tenth, then linearly down to `floor`."""
    return min(1.0, (update + 1) / (0.1 * updates), floor + (1 - floor) * (updates - update) / (0.9 * updates))


def batches(
    recipe: Recipe, images: Uint8, updates: int, generator: torch.Generator, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield (rows, images) of `updates` batches, every image once an epoch in a fresh order."""
    per_epoch = len(images) // recipe.batch
    for start in range(0, updates, per_epoch):
        seen = recompressed(images, rng) if recipe.jpeg else images
        order = torch.randperm(len(images), generator=generator)
        for i in range(min(per_epoch, updates - start)):
            rows = order[i * recipe.batch : (i + 1) * recipe.batch]
            yield rows, torch.from_numpy(seen[rows.numpy()])


# ── from the command line to files ───────────────────────────────────────────────────────────────────────────────


def standardiser(family: str) -> Callable[[Tensor], Tensor]:
    """Maps uint8 images (n, c, h, w) to float32 ones of mean 0 and spread 1, by the family's constants."""
    mean, spread = (torch.tensor(v).view(1, -1, 1, 1) for v in (DATA[family].mean, DATA[family].spread))
    return lambda images: (images.float() / 255 - mean) / spread


def candidates(name: str, recipe: Recipe, trained: Trained, told: dict[str, Any]) -> list[Candidate]:
    """What is to be stored of a training run: the final teacher first, then its stages.

    told: command, seed, threads and date, for the record.
    """
    record = {**told, "seconds": round(trained.seconds, 1), "smoothing": recipe.smoothing}
    recipe_record = dataclasses.asdict(recipe) | {"stages": STAGES if recipe.stages else {}}

    def candidate(stage: str, weights: dict[str, Tensor], note: str) -> Candidate:
        teacher_id = name if stage == "final" else f"{name}-{stage}"
        training = {"stage": stage, **record, "recipe": recipe_record}
        return Candidate(teacher_id, NAMES[teacher_id], note, recipe.widths, recipe.patch, weights, training)

    note = f"Trained for {recipe.epochs:g} epochs, to the end of its schedule."
    if recipe.smoothing:
        note += f" Its labels were smoothed by {recipe.smoothing:g}: accurate, and a worse teacher. For comparison."
    found = [candidate("final", trained.teacher.state_dict(), note)]
    for stage, weights in trained.stages.items():
        words = f"The teacher `{name}` as it was after {100 * STAGES[stage]:g}% of its updates. For comparison."
        found.append(candidate(stage, weights, words))
    return found


def store(out: Path, name: str, recipe: Recipe, trained: Trained, course: Course, told: dict[str, Any]) -> None:
    """Write a trained teacher and its stages into the folder `out` and print how accurate each stored file is."""
    standardise = standardiser(recipe.data)
    test_images = standardise(torch.from_numpy(course.test_images)).contiguous(memory_format=torch.channels_last)
    for candidate in candidates(name, recipe, trained, told):
        entry = export(out, candidate, course, test_images)
        low, high = entry["accuracy_interval"]
        print(
            f"{entry['id']}: {entry['accuracy']:.2%} ({low:.2%} … {high:.2%}) on {entry['tested_on']}; "
            f"{entry['parameters']:,} parameters, {entry['bytes'] / 1e6:.2f} MB, {entry['seconds']:.0f} s"
        )


def command(name: str, seed: int, threads: int) -> str:
    """The command that trains a teacher again, for manifest and card."""
    return f"python -m pretrained.train_teachers {name} --data FOLDER --seed {seed} --threads {threads}"


def shortened(recipe: Recipe) -> Recipe:
    """The same network and the same kinds of augmentation, for a few small updates."""
    return dataclasses.replace(recipe, epochs=1, batch=DRY_BATCH)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=[*RECIPES, "all"], help="which teacher")
    parser.add_argument("--data", type=Path, help="where the full set is: a folder, a zip or a pack")
    parser.add_argument("--seed", type=int, default=1, help="of weights, order and augmentation (default: %(default)s)")
    parser.add_argument(
        "--threads", type=int, default=2, help="of torch; others round otherwise (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, default=TEACHERS, help="folder to write to (default: %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="a few updates on small data, to a temporary folder")
    asked = parser.parse_args(argv)
    if not asked.dry_run and asked.data is None:
        parser.error("--data is needed: where the full set is (or try --dry-run)")
    if asked.threads < 1:
        parser.error(f"--threads must be at least 1, got {asked.threads}")
    if asked.data is not None and not asked.data.exists():
        parser.error(f"--data: {asked.data} does not exist")
    return asked


def main(argv: Sequence[str] | None = None) -> None:
    """Train what the command line names."""
    asked = arguments(argv)
    torch.set_num_threads(asked.threads)
    names = list(RECIPES) if asked.name == "all" else [asked.name]
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) if asked.dry_run else asked.out
        out.mkdir(parents=True, exist_ok=True)
        for name in names:
            recipe = shortened(RECIPES[name]) if asked.dry_run else RECIPES[name]
            if asked.dry_run:
                course = tiny_course(recipe.data, DRY_UPDATES * DRY_BATCH)
            else:
                course = full_course(recipe.data, asked.data)
            print(f"{name}: {len(course.images):,} images to learn from, {course.left_out:,} left out")
            trained = train(recipe, course.images, course.labels, asked.seed, standardiser(recipe.data))
            told = {
                "command": command(name, asked.seed, asked.threads),
                "seed": asked.seed,
                "threads": asked.threads,
                "date": datetime.now(UTC).date().isoformat(),
            }
            store(out, name, recipe, trained, course, told)
        problems = check_folder(out)
        if problems:
            raise SystemExit("\n".join(problems))
        print(f"Checked: every file in {'the temporary folder' if asked.dry_run else out} is as its manifest says.")


if __name__ == "__main__":
    main()
