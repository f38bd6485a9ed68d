"""Train the shipped teachers, measure them on the official test images, and write weights, manifest and cards.

    python -m pretrained.train_teachers mnist --data FOLDER           (MNIST as torchvision stores it)
    python -m pretrained.train_teachers mnist-smoothed --data FOLDER
    python -m pretrained.train_teachers fashion --data FOLDER         (the four IDX files, gzipped or not)
    python -m pretrained.train_teachers cifar10 --data PATH           (torchvision's folder, or class folders, or a zip)
    python -m pretrained.train_teachers all --data FOLDER             (a folder that holds all three)
    python -m pretrained.train_teachers mnist --dry-run               (seconds; writes to a temporary folder)

A training that is ended goes on from its last whole epoch when the same command is given again on the same images, to
the same weights. Its state is in the folder teachers of DISTILLERY_HOME until it has ended.

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
import hashlib
import io
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from app.catalog import DATA, home
from app.distillation.checkpoints import write_tensors
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


RECIPES = {
    "mnist": Recipe("mnist", (32, 64, 128), 3, epochs=8, mirror=False, stages=True),
    "mnist-smoothed": Recipe("mnist", (32, 64, 128), 3, epochs=8, mirror=False, smoothing=0.1),
    "fashion": Recipe("fashion", (48, 96, 192), 3, epochs=16, mirror=True, shift=2, erase=5),
    "cifar10": Recipe(
        *("cifar10", (64, 256, 256), 2), epochs=24, mirror=True, erase=8, crop=24, jpeg=True, whiten_floor=2e-2
    ),
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


@dataclass(frozen=True)
class Trained:
    """What a training run leaves behind."""

    teacher: Teacher
    stages: dict[str, dict[str, Tensor]]  # name → weights at that moment
    seconds: float


def train(
    recipe: Recipe,
    images: Uint8,
    labels: Uint8,
    seed: int,
    standardise: Callable[[Tensor], Tensor],
    progress: Path | None = None,
) -> Trained:
    """Train one teacher.

    images: (n, c, h, w) uint8. labels: (n,) uint8. standardise: uint8 images → float images of mean 0, spread 1.
    progress: a file that keeps the state after every epoch, and from which a training that was ended goes on.
    """
    start = time.perf_counter()
    training = TeacherTraining(recipe, images, seed, standardise)
    record = {
        "recipe": json.dumps(dataclasses.asdict(recipe)),
        "seed": str(seed),
        "images": hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest(),
        "threads": str(torch.get_num_threads()),
        "torch": torch.__version__,
    }
    earlier = training.resume(progress, record) if progress else 0.0
    targets, teacher = torch.from_numpy(labels.astype(np.int64)), training.teacher
    per_epoch = len(images) // recipe.batch
    updates = recipe.epochs * per_epoch
    keep_at = {max(1, round(share * updates)): name for name, share in STAGES.items()} if recipe.stages else {}
    bar = tqdm(total=updates, initial=training.epoch * per_epoch, unit="update", disable=None, mininterval=10)
    while training.epoch < recipe.epochs:
        generator = torch.Generator().manual_seed(1000 * seed + training.epoch)
        seen = recompressed(images, np.random.default_rng((seed, training.epoch))) if recipe.jpeg else images
        order = torch.randperm(len(images), generator=generator)
        crop = recipe.crop if 3 * training.epoch < 2 * recipe.epochs else 0
        for i in range(per_epoch):
            update = training.epoch * per_epoch + i
            rows = order[i * recipe.batch : (i + 1) * recipe.batch]
            inputs = augmented(standardise(torch.from_numpy(seen[rows.numpy()])), recipe, generator, crop)
            logits = teacher(inputs.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits, targets[rows], label_smoothing=recipe.smoothing)
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
        if progress:
            training.keep(progress, record | {"seconds": f"{earlier + time.perf_counter() - start:.1f}"})
    if progress:
        progress.unlink(missing_ok=True)
    return Trained(teacher.eval(), training.stages, earlier + time.perf_counter() - start)


class TeacherTraining:
    """A teacher in training: network, optimizers, stages passed and epochs done."""

    def __init__(self, recipe: Recipe, images: Uint8, seed: int, standardise: Callable[[Tensor], Tensor]) -> None:
        torch.manual_seed(seed)
        teacher = Teacher(images.shape[1], recipe.widths, recipe.patch, mirror=recipe.mirror)
        some = np.random.default_rng(seed).permutation(len(images))[:5000]
        sample = standardise(torch.from_numpy(images[some]))
        teacher.whiten.weight.data = whitening_filters(sample, recipe.patch, recipe.whiten_floor)
        assert teacher.whiten.bias is not None
        nn.init.zeros_(teacher.whiten.bias)
        self.teacher: Teacher = teacher.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        convolutions = [p for p in teacher.blocks.parameters() if p.ndim == 4]
        others = [p for p in teacher.parameters() if p.requires_grad and not any(p is q for q in convolutions)]
        self.optimizers: tuple[torch.optim.Optimizer, ...] = (
            Muon(convolutions, lr=recipe.muon_rate, momentum=recipe.momentum),
            torch.optim.AdamW(others, lr=recipe.adam_rate, weight_decay=recipe.decay),
        )
        self.peaks = (recipe.muon_rate, recipe.adam_rate)
        self.stages: dict[str, dict[str, Tensor]] = {}
        self.epoch = 0  # done so far

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
        write_tensors(file, tensors, record | {"epoch": str(self.epoch)})

    def resume(self, file: Path, record: dict[str, str]) -> float:
        """Go on from what `keep` wrote with the same record (recipe, seed, images, threads, version), if it is there.

        Returns the seconds that it had taken by then; 0 where there is nothing to go on from.
        """
        try:
            with safetensors.safe_open(file, framework="pt") as kept:
                about, tensors = kept.metadata() or {}, {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118
        except (OSError, safetensors.SafetensorError):
            return 0.0
        if any(about.get(key) != value for key, value in record.items()):
            return 0.0
        below = {part: {} for part in ("network", "stage", "optimizer")}  # type: dict[str, dict[str, Tensor]]
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
        self.epoch = int(about["epoch"])
        return float(about["seconds"])


def falling(update: int, updates: int, floor: float = 0.02) -> float:
    """Learning rate as a share of its peak: up over the first tenth, then linearly down to `floor`."""
    return min(1.0, (update + 1) / (0.1 * updates), floor + (1 - floor) * (updates - update) / (0.9 * updates))


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
        return Candidate(
            teacher_id, NAMES[teacher_id], note, recipe.widths, recipe.patch, recipe.mirror, weights, training
        )

    note = f"Trained for {recipe.epochs} epochs, to the end of its schedule."
    if recipe.smoothing:
        note += f" Its labels were smoothed by {recipe.smoothing:g}. For comparison."
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
            progress = None if asked.dry_run else home() / "teachers" / f"{name}.{asked.seed}.progress.safetensors"
            trained = train(recipe, course.images, course.labels, asked.seed, standardiser(recipe.data), progress)
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
