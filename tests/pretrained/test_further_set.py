"""A further image set is a declaration and a recipe: with them it has a sample, a teacher, and trains in the lab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path

home = Path(sys.argv[1])

from app.catalog import families, paths
from app.catalog.families import FAMILIES, Choice

paths.PRETRAINED = home / "pretrained"
choice = Choice("stripes", "Stripes", "bright and dark", 800, 200, embedded=True)
FAMILIES["stripes"] = replace(
    FAMILIES["mnist"], id="stripes", title="Stripes", source="Stripes (nobody)", places=(), choices=(choice,)
)  # the declaration

import torch

torch.set_num_threads(1)
from app.catalog.declared import CONTROLS, DATA
from app.catalog.pack import write_pack
from pretrained import train_teachers
from pretrained.courses import random_pictures, tiny_course
from pretrained.exports import check_folder

write_pack(DATA["stripes"].path, random_pictures(1, 28, 1000))
recipe = replace(train_teachers.RECIPES["mnist"], data="stripes", widths=(8, 8, 8), batch=50, epochs=2, stages=False)
course = tiny_course("stripes", 600)  # the recipe
trained = train_teachers.train(recipe, course.images, course.labels, 1, train_teachers.standardiser("stripes"))
out = home / "pretrained" / "teachers"
out.mkdir()
about = {"command": "c", "seed": 1, "threads": 1, "date": "2026-01-01"}
train_teachers.store(out, "stripes", recipe, trained, course, about)
assert check_folder(out) == []

from app.catalog.available import choice_name, lab_sets, teachers
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings, teachers_for
from app.experiments.worker.engine import TorchEngine
from app.images.image_classes import class_names

assert "stripes" in CONTROLS["data"].choices and lab_sets()["stripes"].name == "Stripes"
assert choice_name("teacher", "stripes") == "Stripes, fully trained" and teachers_for("stripes") == ["stripes"]
assert class_names("stripes") == tuple("0123456789")
settings = default_settings() | {"data": "stripes", "teacher": "stripes", "student": "cnn-2k"}
spec = RunSpec.two_arms(settings | {"labels": 50, "epochs": 2}, (1, 2))
spec.check_trainable()
training = TorchEngine().begin(spec).training
while training.update < training.updates:
    training.step()
print("trained", training.update, teachers()["stripes"].accuracy)
"""


def test_a_made_up_set_is_declared_taught_and_learnt_from(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert ended.returncode == 0, ended.stderr
    assert "trained 4 " in ended.stdout
