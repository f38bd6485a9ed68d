"""The kinds `layers` and `churn`: counts against slow counting, who sees which images, and the runs around them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from app.catalog.declared import DATA
from app.catalog.pack import Pack, read_pack
from app.distillation.datasets import Material
from app.experiments import kinds
from app.experiments.kinds import churn as churn_kind
from app.experiments.kinds import layers as kind
from app.experiments.kinds.cascade import THRESHOLDS
from app.experiments.kinds.churn import Churn
from app.experiments.kinds.layers import GROUNDS, Layers
from app.experiments.spec import SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.kinds import layers as worker
from app.experiments.worker.kinds.churn import ChurnTraining, apart, divided, of_others
from app.experiments.worker.kinds.layers import KEPT_WRONG, MENDED, PASSED, LayersTraining, counted, rotated
from app.experiments.worker.stretch import Stretch
from app.store import Store

ANNE = "a" * 24
OFFICIAL = 300  # official test images, as if there were no more
MADE = (Layers((3, 4)), Layers((3, 4), whole=True), Churn((3, 4)), Churn((3, 4), whole=True, same=True))


@pytest.mark.parametrize("made", MADE, ids=str)
def test_it_is_read_back(made: Layers | Churn) -> None:
    assert kinds.read(made.to_json()) == made and kinds.read(made.to_json()).to_json() == made.to_json()
    assert made.work().cost > replace(made, whole=False).work().cost or not made.whole
    (pair, *_) = made.compared()
    assert [made.arm_words()[arm].role for arm in (pair.first, pair.second)] in (
        ["distilled", "distilled"],
        ["labels", "distilled"],
    )
    with pytest.raises(SpecError, match="must be true or false"):
        kinds.read(json.dumps(json.loads(made.to_json()) | {"whole": 1}))
    with pytest.raises(SpecError, match="is not an experiment"):
        kinds.read(json.dumps(json.loads(made.to_json()) | {"more": 1}))
    with pytest.raises(ValueError, match="say one of labels"):
        made.place("nobody")


def test_counts_are_what_counting_image_by_image_gives() -> None:
    draw = torch.Generator().manual_seed(0)
    confidence = torch.rand(2, 80, generator=draw).double()
    right, lets = (torch.rand(2, 80, generator=draw) < share for share in (0.7, 0.8))
    teacher = torch.rand(80, generator=draw) < 0.9
    whole, behind = counted(confidence, right, teacher), counted(confidence, right, teacher, lets)
    assert whole.shape == (2, len(THRESHOLDS), 3)
    for place in (0, 20, 45, len(THRESHOLDS) - 1):
        for student in range(2):
            for found, known in ((whole, torch.ones(80, dtype=torch.bool)), (behind, lets[student])):
                rows = {PASSED: 0, KEPT_WRONG: 0, MENDED: 0}
                for image in known.nonzero().squeeze(1).tolist():
                    if confidence[student, image] <= THRESHOLDS[place]:
                        rows[PASSED] += 1
                        rows[MENDED] += bool(teacher[image])
                    else:
                        rows[KEPT_WRONG] += not right[student, image]
                assert found[student, place].tolist() == list(rows.values())


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> TorchEngine:
    """A few updates of few images."""
    for name, value in {"UPDATES": 6, "GATE_UPDATES": 4, "VALIDATION_IMAGES": 60, "GATE_IMAGES": 64}.items():
        monkeypatch.setattr(kind, name, value)
    for name, value in {"UPDATES": 6, "VALIDATION_IMAGES": 60}.items():
        monkeypatch.setattr(churn_kind, name, value)
    made = TorchEngine()
    whole = made.material

    def brief(data: str, teacher: str) -> Material:
        material: Material = whole(data, teacher)
        official = material.official
        assert official is not None
        few = replace(official, images=official.images[:OFFICIAL], labels=official.labels[:OFFICIAL])
        tests = {"test_images": material.test_images[:200], "test_labels": material.test_labels[:200]}
        return replace(material, official=few, test_logits=material.test_logits[:200], **tests)  # type: ignore[arg-type]

    monkeypatch.setattr(made, "material", brief)

    def few_clothes(path: Path) -> Pack:
        pack = read_pack(path)
        if path == DATA[kind.CLOTHES].official_path:
            return replace(pack, images=pack.images[:OFFICIAL], labels=pack.labels[:OFFICIAL])
        return pack

    monkeypatch.setattr(worker, "read_pack", few_clothes)
    return made


def test_each_ground_is_what_it_says(engine: TorchEngine) -> None:
    training = engine.begin(Layers((3,))).training
    assert isinstance(training, LayersTraining)
    seen, clean = training.grounds, training.grounds["clean"]
    assert set(seen) == {ground.id for ground in GROUNDS}
    torch.testing.assert_close(seen["inverted"] + clean, torch.full_like(clean, float(clean.min() + clean.max())))
    pixels = [images.flatten(1).sort(1).values for images in (seen["scrambled"], clean)]
    assert torch.equal(*pixels) and not torch.equal(seen["scrambled"], clean), "the same ink, in no order"
    noise = seen["noise"] - clean
    assert abs(float(noise.mean())) < 0.01 and float(noise.std()) == pytest.approx(kind.NOISE, abs=0.01)
    upright = clean[:3]
    turned = rotated(upright, 90, float(clean.min()))
    torch.testing.assert_close(turned, upright.rot90(1, (2, 3)), atol=1e-4, rtol=0)
    assert not torch.equal(seen["clothes"], clean) and seen["clothes"].min() == pytest.approx(float(clean.min()))


def test_nobody_is_tested_or_has_its_threshold_chosen_on_what_it_learned(engine: TorchEngine) -> None:
    training = engine.begin(Layers((3, 4))).training
    assert isinstance(training, LayersTraining)
    for own, chosen in zip(training._rows, training._validation, strict=True):
        assert not set(own.tolist()) & set(chosen.tolist()) and len(set(own.tolist())) == kind.LABELS
    lessons = training.gates.lessons
    half = kind.GATE_IMAGES
    assert lessons.labels.tolist() == [[0] * half + [1] * half] * 2, "as many digits as clothes"
    taught = {image.numpy().tobytes() for image in lessons.images[0, half:]}
    chosen_clothes = training._clothes[training._validation_clothes[0]]
    assert not taught & {image.numpy().tobytes() for image in chosen_clothes}
    pool = {image.numpy().tobytes() for image in training._clothes}
    assert not pool & {image.numpy().tobytes() for image in training._test_clothes}
    heard = training.students.lessons
    assert heard.alphas == [0.0, 1.0] and torch.equal(
        heard.marks[0, 1], training.material.pool_logits[training._rows[0]]
    )


def test_a_recording_keeps_counts_that_fit_to_its_measures(engine: TorchEngine) -> None:
    spec = Layers((3, 4), whole=True)
    training = engine.begin(spec).training
    assert isinstance(training, LayersTraining)
    while training.update < training.updates:
        training.step()
    final, kept = training.evaluate().final, training.of_layers()
    at = THRESHOLDS.index(kind.SURE)
    for place, ground in enumerate(GROUNDS):
        passed, wrong, mended = (kept["counts"][0, :, :, place, at, part].double() for part in range(3))
        reached = final[kind.key_of(ground)]
        with_teacher = slice(len(spec.ways), 2 * len(spec.ways))
        if ground.digits:
            torch.testing.assert_close((OFFICIAL - passed - wrong + mended) / OFFICIAL, reached[with_teacher])
            torch.testing.assert_close(kept["teacher_right"][place] / OFFICIAL, reached[-1, 0].float())
        else:
            torch.testing.assert_close((OFFICIAL - passed) / OFFICIAL, reached[with_teacher])
        assert (kept["behind"][:, :, place, -1, PASSED] == kept["through"][0, :, place]).all(), (
            "all that it lets through"
        )
    assert (kept["counts"][..., 0, PASSED] == 0).all() and (kept["counts"][..., -1, PASSED] == OFFICIAL).all()
    assert kept["through"].shape == (1 + len(spec.ways), 2, len(GROUNDS) + 1)
    assert kept["doubt"].shape == (3, len(GROUNDS), 200) and kept["answers"].shape == (4, len(GROUNDS), 200)


def test_two_students_differ_on_as_many_images_as_one_counts() -> None:
    answers = torch.randint(3, (10, 40), generator=torch.Generator().manual_seed(1))
    pairs = apart(answers)
    for one in range(10):
        for other in range(10):
            assert pairs[one, other] == sum(a != b for a, b in zip(answers[one], answers[other], strict=True))
    assert of_others(pairs, 40)[2] == pytest.approx(float(pairs[2].sum()) / 40 / 9)
    assert divided(answers).tolist() == [
        sum(len(set(column.tolist())) > 1 for column in group.T) for group in (answers[:5], answers[5:])
    ]


def test_the_same_images_and_images_of_their_own(engine: TorchEngine) -> None:
    for same in (False, True):
        training = engine.begin(Churn((3, 4), whole=True, same=same)).training
        assert isinstance(training, ChurnTraining)
        for cohort in training._cohorts:
            images = cohort.lessons.images
            assert torch.equal(images[0], images[1]) == same
        first = training._cohorts[0].cohort.weights(0, 0), training._cohorts[0].cohort.weights(1, 0)
        assert any(not torch.equal(first[0][name], first[1][name]) for name in first[0]), "weights of each seed's own"
        most = training._cohorts[-1].lessons.images[0]
        used = {image.numpy().tobytes() for image in most}
        chosen = training.material.pool_images[training._validation[0]]
        assert len(used) == 1500 and not used & {image.numpy().tobytes() for image in chosen}
        while training.update < training.updates:
            training.step()
        final, kept = training.evaluate().final, training.of_pairs()
        for name in ("", "system_"):
            torch.testing.assert_close(kept[f"{name}apart"][:, 0, 1] / OFFICIAL, final[f"{name}apart"][:, 0].float())
        assert kept["asked"].shape == (6, 2, 200)


@pytest.mark.parametrize("made", [Layers((3,)), Churn((3, 4))], ids=str)
def test_it_goes_on_from_a_state_as_if_there_had_been_no_break(engine: TorchEngine, made: Layers | Churn) -> None:
    whole = engine.begin(made).training
    for update in range(whole.updates):
        if update == whole.updates - 2:
            again = engine.begin(made).training
            again.restore(whole.state())
        whole.step()
        if update >= whole.updates - 2:
            again.step()
    ends = [training.evaluate().measures for training in (whole, again)]
    for name, values in ends[0].items():
        torch.testing.assert_close(values, ends[1][name], rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("made", [Layers((3, 4)), Churn((3, 4))], ids=str)
def test_a_run_of_it(store: Store, engine: TorchEngine, made: Layers | Churn) -> None:
    run_id = store.runs.submit(made, ANNE)
    run = store.runs.take("w")
    assert run is not None and Stretch([run], store, engine).train().state == "finished"
    events = store.runs.events(run_id, 0)
    for measure in made.measures:
        assert np.shape(events[-1][measure.key]) == (len(made.arm_words()), 2)
    assert kinds.verdict_of(made, events[-1], 200).test_images == 200
