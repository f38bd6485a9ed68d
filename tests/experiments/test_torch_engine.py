"""Runs with the product's engine: the same numbers again, also after a pause, and sentences where something fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.catalog import available, declared
from app.catalog.pack import read_pack
from app.experiments.kinds.cohort import VERSION, FirstWeights, RunSpec
from app.experiments.recordings.runs import recorded_runs
from app.experiments.spec import NotTrainable, SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.stretch import CHECKPOINT_GONE, Stretch
from app.server.api.runs import run_verdict
from app.store import Run, Store
from tests.experiments.examples import METRICS, json_of, parcels, spec
from tests.files import checkpoint_path, weights_path

LEARNER = "a" * 24
SMALL = {"student": "cnn-2k", "labels": 100, "epochs": 4}


def trained(store: Store, engine: TorchEngine, **settings: Any) -> Run:
    """A run that was trained as far as it goes."""
    run_id = store.runs.submit(json_of(**SMALL | settings), LEARNER)
    run = store.runs.take("w")
    assert run is not None and run.id == run_id
    Stretch([run], store, engine).train()
    ended = store.runs.get(run_id)
    assert ended is not None
    return ended


def numbers(store: Store, run: Run) -> list[dict[str, Any]]:
    return [{name: event[name] for name in ("update", *METRICS)} for event in store.runs.events(run.id, 0)]


def test_the_same_spec_gives_the_same_numbers_also_after_a_pause(store: Store, engine: TorchEngine) -> None:
    first, second = trained(store, engine), trained(store, engine)
    assert first.state == "finished" and numbers(store, first) == numbers(store, second)
    run_id = store.runs.submit(json_of(**SMALL), LEARNER, start="step")
    for _ in range(3):  # three updates by hand, the others at once
        run = store.runs.take("w")
        assert run is not None
        Stretch([run], store, engine).train()
        store.runs.request(run_id, LEARNER, "step")
    run = store.runs.take("w")
    assert run is not None and run.update == 3
    Stretch([replace(run, mode="train")], store, engine).train()
    third = store.runs.get(run_id)
    assert third is not None and third.state == "finished"
    at = {point["update"] for point in numbers(store, first)}
    assert [point for point in numbers(store, third) if point["update"] in at] == numbers(store, first)
    files = {weights_path(run.id).read_bytes() for run in (first, second, third)}
    assert len(files) == 1, "the weights, bit for bit"


def test_a_run_records_what_its_numbers_depend_on(store: Store, engine: TorchEngine) -> None:
    run = trained(store, engine)
    record = run.record
    assert record["engine"] == VERSION and record["torch"] == torch.__version__
    assert record["threads"] == declared.THREADS_PER_RUN == torch.get_num_threads()
    assert record["teacher_digest"] == available.teachers()["mnist"].sha256 and len(record["data_digest"]) == 64
    assert record["test_images"] == 1000 and record["teacher_accuracy"] > 0.99
    assert {"cores", "platform", "python"} <= set(record)
    assert record["official_digest"] == read_pack(declared.DATA["mnist"].official_path).digest()
    *before, last = store.runs.events(run.id, 0)
    assert all("final" not in event for event in before)
    assert (last["final"]["images"], last["final"]["teacher"]) == (10_000, available.teachers()["mnist"].accuracy)
    said = run_verdict(run, store)
    assert said and said["test_images"] == 10_000 and "on 10,000 test images" in said["sentence"]
    assert "On the 1,000 images of the curve" in said["luck"]
    losses = store.runs.events(run.id, 1)[0]["losses"]
    assert {"hard", "soft", "total"} <= set(losses) and len(losses["hard"]) == 2 and len(losses["hard"][0]) == 3


@pytest.mark.parametrize(
    "method", [name for name, known in declared.METHODS.items() if known.offered and name not in ("labels", "kd")]
)
def test_every_method_trains(store: Store, engine: TorchEngine, method: str) -> None:
    run = trained(store, engine, method=method, epochs=1)
    assert run.state == "finished", run.message


def test_the_material_stays_in_memory_until_it_changes(store: Store, engine: TorchEngine) -> None:
    material = engine.material("mnist", "mnist")
    assert engine.material("mnist", "mnist") is material


def test_images_that_are_not_here(store: Store, engine: TorchEngine) -> None:
    run = trained(store, engine, data="mnist-full")
    assert run.state == "failed"
    assert run.message == "The image pack mnist-full.npz is not on this machine."


def test_damaged_teacher_weights(
    store: Store, engine: TorchEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = available.teachers()["mnist"]
    cut = tmp_path / "mnist.safetensors"
    cut.write_bytes(shipped.path.read_bytes()[:5000])
    changed = dict(available.teachers()) | {"mnist": replace(shipped, file=str(cut))}
    monkeypatch.setattr(available, "teachers", lambda: changed)
    run = trained(store, engine)
    assert run.state == "failed" and "was changed or cut short" in run.message


def test_a_teacher_that_is_not_shipped(store: Store, engine: TorchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available, "teachers", dict)
    assert "teacher must be one that is here" in trained(store, engine).message


def test_a_damaged_checkpoint(engine: TorchEngine, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    engine.save({"a": torch.ones(3)}, path)
    assert torch.equal(engine.load(path)["a"], torch.ones(3))
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match="not in safetensors format"):
        engine.load(path)


def test_a_paused_training_with_a_flipped_bit_is_not_gone_on_with(store: Store, engine: TorchEngine) -> None:
    run_id = store.runs.submit(json_of(**SMALL), LEARNER, start="step")
    for flipped in (False, True):
        run = store.runs.take("w")
        assert run is not None
        if flipped:
            content = bytearray(checkpoint_path(run_id).read_bytes())
            content[-1] ^= 1  # of one number
            checkpoint_path(run_id).write_bytes(bytes(content))
        Stretch([run], store, engine).train()
        store.runs.request(run_id, LEARNER, "step")
    ended = store.runs.get(run_id)
    assert ended is not None and (ended.state, ended.update, ended.message) == ("failed", 1, CHECKPOINT_GONE)


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(
    store: Store, engine: TorchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    material = engine.material("mnist", "mnist")
    broken = replace(material, pool_logits=material.pool_logits.clone())
    broken.pool_logits[:, 3] = torch.nan
    monkeypatch.setattr(engine, "material", lambda *_: broken)
    run = trained(store, engine)
    assert run.state == "failed" and [event["update"] for event in store.runs.events(run.id, 0)] == [0]
    assert "at update 1 the student “distilled” with seed" in run.message
    store.sweeps.submit("{}", parcels([[json_of(**SMALL, method=method) for method in ("kd", "smoothing")]]), LEARNER)
    lead = store.runs.take("w")
    assert lead is not None
    Stretch(store.runs.together(lead), store, engine).train()
    taught, alone = (run for run, _ in store.sweeps.runs(lead.sweep or ""))
    assert taught.state == "failed" and "diverged" in taught.message
    assert (alone.state, alone.update) == ("finished", alone.updates), "the others go on"


def test_students_that_diverge_with_the_last_update(store: Store, engine: TorchEngine) -> None:
    prepared = engine.begin(RunSpec.read(json_of(**SMALL)))
    last, step = prepared.training.updates, prepared.training.step

    def overflowing() -> Any:
        losses = step()
        if prepared.training.update == last:
            prepared.training.parameters[0].data.fill_(torch.inf)  # type: ignore[attr-defined]
        return losses

    prepared.training.step = overflowing  # type: ignore[method-assign]
    run_id = store.runs.submit(json_of(**SMALL), LEARNER)
    run = store.runs.take("w")
    assert run is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "begin", lambda _spec: prepared)
        Stretch([run], store, engine).train()
    ended = store.runs.get(run_id)
    assert ended is not None and ended.state == "failed" and f"at update {last} " in ended.message
    assert store.runs.events(run_id, 0)[-1]["update"] < last and not weights_path(run_id).exists()


@pytest.mark.parametrize("student", ["cnn-2k", pytest.param("cnn-9k", marks=pytest.mark.slow), "mlp-30"])
def test_a_cell_of_a_sweep_has_the_numbers_of_the_same_run_alone(
    store: Store, engine: TorchEngine, student: str
) -> None:
    specs = [json_of(**SMALL | {"student": student, "temperature": t}) for t in (2.0, 8.0)]
    store.sweeps.submit("{}", parcels([specs]), LEARNER)
    lead = store.runs.take("w")
    assert lead is not None
    Stretch(store.runs.together(lead), store, engine).train()
    for (cell, _), temperature in zip(store.sweeps.runs(lead.sweep or ""), (2.0, 8.0), strict=True):
        alone = trained(store, engine, student=student, temperature=temperature)
        for ours, theirs in zip(numbers(store, cell), numbers(store, alone), strict=True):
            assert ours["update"] == theirs["update"] and ours["accuracy"] == theirs["accuracy"]
            for name in METRICS:  # AdamW rounds the last student of a tensor otherwise: 1e-7 of a weight
                assert np.allclose(
                    np.array(ours[name], float), np.array(theirs[name], float), atol=2e-6, equal_nan=True
                )
        ours_final, theirs_final = (store.runs.events(run.id, 0)[-1]["final"] for run in (cell, alone))
        assert np.allclose(ours_final.pop("accuracy"), theirs_final.pop("accuracy"), atol=2.5e-4)
        assert ours_final == theirs_final
        ours_weights, theirs_weights = (engine.load(weights_path(run.id)) for run in (cell, alone))
        assert ours_weights.keys() == theirs_weights.keys()
        assert all(torch.allclose(ours_weights[name], theirs_weights[name], atol=1e-6) for name in ours_weights)


def test_validation_images_are_neither_learnt_from_nor_tested_on(engine: TorchEngine) -> None:
    training = engine.begin(spec(labels=500)).training
    seen: list[torch.Tensor] = []
    answer = training.cohort.answer  # type: ignore[attr-defined]

    def watched(images: torch.Tensor, **more: Any) -> Any:
        seen.append(images)
        return answer(images, **more)

    training.cohort.answer = watched  # type: ignore[attr-defined]
    scores = training.validate()
    assert scores.shape == (2, 3) and bool((scores < 0.5).all()), "before the first update"
    shown = torch.cat(seen, 1)  # (seeds, images, c, h, w)
    assert shown.shape[:2] == (3, 1000)
    pool = training.material.pool_images  # type: ignore[attr-defined]
    for images, subset in zip(shown, training.subsets, strict=True):  # type: ignore[attr-defined]
        learnt = {image.numpy().tobytes() for image in pool[subset]}
        validating = {image.numpy().tobytes() for image in images}
        assert len(validating) == 1000 and not learnt & validating
        assert validating <= {image.numpy().tobytes() for image in pool}
    assert engine.begin(spec(labels=4000, epochs=1)).training.validate() is None, "no image of the pool is left"


@pytest.mark.parametrize("bug", ["shuffled", "train-mode"])
def test_a_run_with_a_bug_is_paused_goes_on_and_tells_its_diagnostics(
    store: Store, engine: TorchEngine, bug: str
) -> None:
    """And an ordinary run has none in its events."""
    ordinary = trained(store, engine, epochs=1)
    assert all("diagnostics" not in event for event in store.runs.events(ordinary.id, 0))
    plain = spec(student="cnn-2k", labels=50, epochs=2)
    broken = replace(plain, arms=(*plain.arms, replace(plain.arms[1], bug=bug)))
    ends = []
    for pauses in (0, 2):
        run_id = store.runs.submit(broken, LEARNER, start="step" if pauses else "train")
        for at in range(pauses + 1):
            run = store.runs.take("w")
            assert run is not None
            Stretch([run], store, engine).train()
            if at < pauses:
                assert store.runs.request(run_id, LEARNER, "step" if at + 1 < pauses else "resume")
        ended = store.runs.get(run_id)
        assert ended is not None and ended.state == "finished", ended
        events = store.runs.events(run_id, 0)
        assert all(len(values) == 3 for event in events for values in event["diagnostics"].values())
        ends.append((events[-1]["accuracy"], events[-1]["diagnostics"]))
        said = run_verdict(ended, store)
        assert said is not None and said["kind"] != "several-arms"
    assert ends[0] == ends[1], "a pause changes nothing"


def test_students_may_begin_as_those_of_another_run(engine: TorchEngine) -> None:
    shipped = recorded_runs()["recorded-mnist-kd"]
    begun = replace(shipped.spec, epochs=1, first_weights=FirstWeights(shipped.id, 1))
    assert RunSpec.read(begun.to_json()) == begun and "first_weights" not in shipped.spec.to_json()
    point = engine.begin(begun).training.evaluate()
    for arm in point.measures["accuracy"].tolist():
        assert arm == pytest.approx(shipped.runs[0].events[-1]["accuracy"][1]), (
            "both arms begin as the distilled students ended"
        )
    with pytest.raises(NotTrainable, match="has no arm 7"):
        engine.begin(replace(begun, first_weights=FirstWeights(shipped.id, 7)))
    for gone in ("gone-run", "recorded-unseen-mnist"):  # which has arrays, and no weights among them
        with pytest.raises(NotTrainable, match="not on this machine any more"):
            replace(begun, first_weights=FirstWeights(gone, 0)).check_trainable()
    with pytest.raises(ValueError, match="their layers differ"):
        engine.begin(replace(begun, student="cnn-2k"))
    with pytest.raises(SpecError, match="must name a run"):
        replace(begun, first_weights=FirstWeights("../x", 0))
