"""A teacher of one's own images: what it learns from, what is kept of it, and what a run with it is like."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
import torch

from app.catalog import available, declared, paths
from app.catalog.pack import Pack, image_hashes, read_pack, write_pack
from app.distillation import teaching
from app.distillation.checkpoints import CheckpointError, load_teacher
from app.distillation.datasets import load_material
from app.distillation.teaching import Recipe
from app.experiments import kinds, teach
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import NotTrainable, default_settings
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.stretch import Stretch
from app.images.import_images import import_images
from app.store import Store
from tests.distillation.small import end_after
from tests.own_images import THREE, found, pets, was_read, was_taught
from tests.pictures import zipped

ANNE = "a" * 24


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small network for a few epochs."""
    recipe = teach.recipe_for

    def small(images: int, channels: int, mirror: bool) -> Recipe:
        return dataclasses.replace(recipe(images, channels, mirror), widths=(8, 8, 8), epochs=4)

    monkeypatch.setattr(teach, "recipe_for", small)


def taught(store: Store, set_id: str) -> int:
    """Ask for a teacher and train it as its process does. Returns the exit status."""
    assert store.images.ask_for_teacher(set_id, ANNE, "My insects", mirror=False)
    assert store.jobs.set(set_id, state="running")
    return teach.main([set_id])


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_teacher_is_trained_kept_and_verified(store: Store) -> None:
    set_id = was_read(store, ANNE, pets(each=40))
    assert taught(store, set_id) == 0
    one, entry = found(store, set_id), available.teachers()[set_id]
    assert (one.state, one.job, one.done) == ("finished", "teach", 1.0)
    assert one.message.startswith("It gets ") and "of 24 test images" in one.message
    assert entry.own and entry.family == set_id and not entry.record["recipe"]["mirror"]
    assert (entry.record["classes"], entry.record["test_images"]) == (3, 24)
    assert entry.record["trained_images"] + entry.record["chosen_images"] == 96
    for key in ("sha256", "command", "seed", "data_digest", "date", "torch", "accuracy_interval"):
        assert entry.record[key] is not None, key
    assert ANNE not in json.dumps(entry.record)
    network = load_teacher(entry)
    assert network.get_parameter("head.weight").shape[0] == 3
    assert not (paths.own_folder(set_id) / "progress.safetensors").exists()
    answers = store.teachers.answers(set_id, set_id)
    assert answers is not None and answers.accuracy == pytest.approx(entry.accuracy)  # the lab has them at once
    assert answers.logits.shape == (24, 3)
    assert available.lab_sets()[set_id].name == "My insects"

    weights = paths.own_folder(set_id) / entry.file
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="Train it again on the page"):
        load_teacher(entry)


def test_bright_classes_are_learnt(store: Store) -> None:
    set_id = was_read(store, ANNE, pets(each=60))
    assert taught(store, set_id) == 0
    assert available.teachers()[set_id].accuracy > 0.6


def test_a_teacher_whose_loss_is_no_number_any_more_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = teach.recipe_for
    monkeypatch.setattr(teach, "recipe_for", lambda *asked: dataclasses.replace(recipe(*asked), adam_rate=float("inf")))
    set_id = was_read(store, ANNE, pets(each=40))
    assert taught(store, set_id) == 1
    message = found(store, set_id).message
    assert message == "The teacher’s loss was no finite number any more after 1 updates. Bring more images, or others."
    assert set_id not in available.teachers()


def test_no_test_image_and_none_that_the_epoch_is_chosen_by_is_learnt_from(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    train = teaching.train

    def watched(recipe: Recipe, images: Any, *rest: Any, **more: Any) -> Any:
        seen.append(images)
        return train(recipe, images, *rest, **more)

    monkeypatch.setattr(teach, "train", watched)
    set_id = was_read(store, ANNE, pets(each=40))
    assert taught(store, set_id) == 0
    pack = read_pack(available.data_sets()[set_id].path)
    learnt = set(image_hashes(seen[0]).tolist())
    assert not learnt & set(image_hashes(pack.images[pack.test]).tolist())
    aside = teach.kept_aside(pack.labels[pack.pool])
    assert not learnt & set(image_hashes(pack.images[pack.pool][aside]).tolist())
    assert np.bincount(pack.labels[pack.pool][aside]).tolist() == [5, 5, 5]


def test_images_that_were_replaced_are_not_tested_with_the_old_teacher(store: Store) -> None:
    set_id = was_taught(store, ANNE)
    data = available.data_sets()[set_id]
    pack = read_pack(data.path)
    write_pack(data.path, Pack(pack.images[::-1].copy(), pack.labels[::-1].copy(), pack.split[::-1].copy(), pack.about))
    with pytest.raises(CheckpointError, match="train it again"):
        load_material(set_id, set_id)


def test_images_from_the_command_line_can_have_one_too(store: Store, tmp_path: Any) -> None:
    done = import_images(zipped(tmp_path / "insects.zip", pets(each=40)), name="Insects")
    assert done.id not in available.lab_sets()
    assert teach.main([done.id]) == 0
    assert done.id in list(available.lab_sets()), "listed, as before"
    assert available.lab_sets()[done.id].family == done.id
    import_images(zipped(tmp_path / "more.zip", pets(each=41)), name="Insects", replace_it=True)
    assert done.id not in available.teachers(), "it may have learnt from what are test images now"


def test_there_is_nothing_to_learn_from(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert teach.main(["own-nothing"]) == 1
    assert "are not here" in capsys.readouterr().err
    assert teach.main(["mnist"]) == 1


# ── ended and asked for again ────────────────────────────────────────────────────────────────────────────────────


def test_a_training_that_was_killed_goes_on_to_the_same_weights(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    set_id = was_read(store, ANNE, pets(each=40))
    assert taught(store, set_id) == 0
    whole = available.teachers()[set_id].record
    (paths.own_folder(set_id) / "teacher.json").unlink()
    per_epoch = whole["trained_images"] // whole["recipe"]["batch"]
    with monkeypatch.context() as patched:
        end_after(2 * per_epoch + 1, patched)
        assert taught(store, set_id) == 1
    assert found(store, set_id).state == "failed" and set_id not in available.lab_sets()
    with monkeypatch.context() as patched:
        end_after(2 * per_epoch, patched)  # so it does not begin anew
        assert taught(store, set_id) == 0
    again = available.teachers()[set_id].record
    assert again["sha256"] == whole["sha256"] and again["chosen_epoch"] == whole["chosen_epoch"]


def test_one_that_was_cancelled_leaves_no_teacher(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    set_id = was_read(store, ANNE)
    look = teach.Best.look

    def cancelled(best: teach.Best, *rest: Any) -> float:
        store.images.cancel(set_id, ANNE)
        return look(best, *rest)

    monkeypatch.setattr(teach.Best, "look", cancelled)
    assert taught(store, set_id) == 1
    assert found(store, set_id).state == "cancelled" and available.own_teacher(set_id) is None


def test_where_time_is_over_the_best_so_far_is_taken(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teach, "BUDGET_SECONDS", -1.0)
    set_id = was_read(store, ANNE)
    assert taught(store, set_id) == 0
    assert available.teachers()[set_id].record["chosen_epoch"] == 1


@pytest.mark.parametrize(("images", "batch"), [(60, 16), (200, 32), (1400, 64)])
def test_every_number_of_images_has_a_recipe(images: int, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    recipe = teach.recipe_for(images, 3, True)
    assert recipe.batch == batch and recipe.mirror
    assert images // recipe.batch >= 3 and recipe.epochs * images <= 24_000


# ── a run with it ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("classes", [2, 3, 7, 10])
def test_students_of_any_number_of_classes(store: Store, classes: int) -> None:
    names = [f"class {i}" for i in range(classes)]
    set_id = was_taught(store, ANNE, pets(names, each=max(30, 90 // classes)))
    settings = default_settings() | {"data": set_id, "teacher": set_id, "labels": 50, "epochs": 2}
    run_id = store.runs.submit(RunSpec.two_arms(settings, (11, 12)), ANNE)
    run = store.runs.take("w")
    assert run is not None and run.id == run_id
    outcome = Stretch([run], store, TorchEngine()).train()
    assert outcome.state == "finished", outcome.message
    said = store.runs.logits(run_id)
    assert said is not None and said[0].shape[:2] == (2, 2) and said[0].shape[-1] == classes
    assert said[0].shape[2] == available.lab_sets()[set_id].test
    last = store.runs.events(run_id, 0)[-1]
    assert all(0 <= value <= 1 for arm in last["accuracy"] for value in arm)
    assert all(value is not None for arm in last["kl"] for value in arm)


@pytest.mark.parametrize("method", [one for one in declared.METHODS if one != "labels"])
def test_every_method_teaches_two_classes(store: Store, method: str) -> None:
    set_id = was_taught(store, ANNE, pets(THREE[:2], each=45))
    settings = default_settings() | {"data": set_id, "teacher": set_id, "labels": 50, "epochs": 1, "method": method}
    prepared = TorchEngine().begin(RunSpec.two_arms(settings, (11, 12)))
    losses = prepared.training.step()
    assert all(torch.isfinite(part).all() for part in losses.values())
    point = prepared.training.evaluate()
    said = point.arrays["logits"]
    assert said.shape[-1] == 2 and torch.isfinite(said).all()


def test_a_run_whose_images_were_removed_is_told(store: Store) -> None:
    set_id = was_taught(store, ANNE)
    settings = default_settings() | {"data": set_id, "teacher": set_id, "labels": 50}
    spec = RunSpec.two_arms(settings, (11,))
    spec.check_trainable()
    store.images.remove(set_id, ANNE)
    with pytest.raises(NotTrainable, match="are not on this machine"):
        kinds.read_trainable(spec.to_json())


def test_the_size_of_students_is_counted_for_their_classes(store: Store) -> None:
    from app.distillation.datasets import generator
    from app.distillation.models import build_student

    set_id = was_taught(store, ANNE)
    data = available.lab_sets()[set_id]
    for entry in declared.STUDENTS.values():
        student = build_student(entry, data, generator(1, "weights"))
        assert sum(value.numel() for value in student.parameters()) == entry.parameters(data)
