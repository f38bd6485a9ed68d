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
update's singular values equal; a linearly falling learning rate; random shifts (and mirror images if a mirror
image keeps its class); no label smoothing unless the name says so, since smoothing erases what a teacher knows about
the wrong classes (Müller et al. 2019).

Training images that occur in the embedded test split are left out, by content. The dry run learns for a few updates
from the embedded samples (from random pictures in place of CIFAR-10, which is not embedded), writes everything that
a real run writes, and checks it.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from app.catalog.declared import DATA
from app.catalog.families import FAMILIES
from app.catalog.pack import Uint8
from app.catalog.paths import home
from app.distillation.datasets import standardised
from app.distillation.teaching import STAGES, Recipe, TeacherTraining, train
from pretrained.courses import Course, full_course, tiny_course
from pretrained.exports import Candidate, check_folder, export

TEACHERS = Path(__file__).parent / "teachers"

RECIPES = {
    "mnist": Recipe("mnist", (32, 64, 128), 3, epochs=8, mirror=False, stages=True),
    "mnist-smoothed": Recipe("mnist", (32, 64, 128), 3, epochs=8, mirror=False, smoothing=0.1),
    "fashion": Recipe("fashion", (48, 96, 192), 3, epochs=16, mirror=True, shift=2, erase=5),
    "cifar10": Recipe(
        *("cifar10", (64, 256, 256), 2), epochs=24, mirror=True, erase=8, crop=24, jpeg=True, whiten_floor=2e-2
    ),
}
STAGE_WORDS = {"final": "fully trained", "early": "stopped early", "middle": "stopped midway"}
DRY_UPDATES, DRY_BATCH = 14, 16


# ── from the command line to files ───────────────────────────────────────────────────────────────────────────────


def standardiser(family: str) -> Callable[[Uint8], Tensor]:
    """`datasets.standardised` by the family's constants."""
    return partial(standardised, mean=DATA[family].mean, spread=DATA[family].spread)


def candidates(name: str, recipe: Recipe, trained: TeacherTraining, told: dict[str, Any]) -> list[Candidate]:
    """What is to be stored of a training run: the final teacher first, then its stages.

    told: command, seed, threads and date, for the record.
    """
    record = {**told, "seconds": round(trained.seconds, 1), "smoothing": recipe.smoothing}
    recipe_record = dataclasses.asdict(recipe) | {"stages": STAGES if recipe.stages else {}}

    def candidate(stage: str, weights: dict[str, Tensor], note: str) -> Candidate:
        teacher_id = name if stage == "final" else f"{name}-{stage}"
        training = {"stage": stage, **record, "recipe": recipe_record}
        words = "label-smoothed" if recipe.smoothing else STAGE_WORDS[stage]
        return Candidate(teacher_id, f"{FAMILIES[recipe.data].seen}, {words}", note, recipe, weights, training)

    note = f"Trained for {recipe.epochs} epochs, to the end of its schedule."
    if recipe.smoothing:
        note += f" Its labels were smoothed by {recipe.smoothing:g}. For comparison."
    stored = [candidate("final", trained.teacher.state_dict(), note)]
    for stage, weights in trained.stages.items():
        words = f"The teacher `{name}` as it was after {100 * STAGES[stage]:g}% of its updates. For comparison."
        stored.append(candidate(stage, weights, words))
    return stored


def store(out: Path, name: str, recipe: Recipe, trained: TeacherTraining, course: Course, told: dict[str, Any]) -> None:
    """Write a trained teacher and its stages into the folder `out` and print how accurate each stored file is."""
    test_images = standardiser(recipe.data)(course.test_images).contiguous(memory_format=torch.channels_last)
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
