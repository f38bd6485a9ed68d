"""Runs that add to a finished one: more seeds, and the control of a comparison."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from app.experiments import kinds
from app.experiments.kinds.chain import Chain, TeacherRef, control_of, has_control
from app.experiments.kinds.cohort import KeptSeeds, RunSpec, arm_words
from app.experiments.outcome import of_run
from app.experiments.spec import NotTrainable, SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.joined import GONE
from app.experiments.worker.kinds import asked, trained_students
from app.experiments.worker.stretch import NOT_BESIDE, Stretch
from app.server.api.runs import run_state
from app.store import Run, Store
from app.store import files as stored
from tests.experiments.examples import METRICS, spec
from tests.experiments.one_run import LEARNER, again, now
from tests.files import snapshots_path, weights_path

PLAIN = spec((12, 904), student="cnn-2k", labels=50, unlabelled=100, epochs=6, temperature=4.0)


def submitted(store: Store, experiment: RunSpec, mode: Any = "train") -> Run:
    store.runs.submit(experiment, LEARNER, start=mode)
    run = store.runs.take("w")
    assert run is not None
    return run


def trained(store: Store, engine: TorchEngine, experiment: RunSpec) -> Run:
    run = submitted(store, experiment)
    Stretch([run], store, engine).train()
    return now(store, run)


def numbers(store: Store, run: Run) -> list[dict[str, Any]]:
    """What was measured, as arrays."""
    names = ("update", *METRICS)
    events = store.runs.events(run.id, 0)
    return [{name: np.array(event[name], float) for name in names} for event in events]


def alike(store: Store, run: Run, other: Run, *, arms: Any = slice(None), seeds: Any = slice(None)) -> None:
    """Both have the same numbers, to rounding; of the first only these arms and seeds are looked at."""
    ours, theirs = numbers(store, run), numbers(store, other)
    assert [one["update"] for one in ours] == [one["update"] for one in theirs]
    for one, two in zip(ours, theirs, strict=True):
        for name in METRICS:
            np.testing.assert_allclose(one[name][arms][:, seeds], two[name], atol=2e-3, err_msg=name)
    one, two = (store.runs.events(each.id, 0)[-1]["final"]["accuracy"] for each in (run, other))
    np.testing.assert_allclose(np.array(one)[arms][:, seeds], two, atol=1e-3)


# ── more seeds ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_more_seeds_keep_those_that_are_there(store: Store, engine: TorchEngine) -> None:
    few = trained(store, engine, PLAIN)
    more = replace(PLAIN, seeds=(12, 904, 33, 7), kept=KeptSeeds(few.id, 2))
    assert RunSpec.read(more.to_json()) == more and more.work().cost < replace(more, kept=None).work().cost
    joined = trained(store, engine, more)
    assert (joined.state, joined.message) == ("finished", "")
    alike(store, joined, trained(store, engine, replace(more, kept=None)))
    ours, before = store.runs.events(joined.id, 0), store.runs.events(few.id, 0)
    for event, earlier in zip(ours, before, strict=True):
        assert [arm[:2] for arm in event["accuracy"]] == earlier["accuracy"], "the very numbers"
        assert [arm[:2] for arm in event["losses"].get("total", [])] == earlier["losses"].get("total", [])
    weights, of_few = (engine.load(weights_path(run.id)) for run in (joined, few))
    assert {name.split(".")[1] for name in weights} == {f"seed{seed}" for seed in range(4)}
    assert all(torch.equal(weights[name], value) for name, value in of_few.items())
    logits, of_few_logits = (store.runs.logits(run.id) for run in (joined, few))
    assert logits is not None and of_few_logits is not None and logits[0].shape[:2] == (2, 4)
    np.testing.assert_array_equal(logits[0][:, :2], of_few_logits[0])
    assert len(list(snapshots_path(joined.id).iterdir())) == len(ours)
    further = replace(more, seeds=(*more.seeds, 5), kept=KeptSeeds(joined.id, 4))
    alike(store, trained(store, engine, further), joined, seeds=slice(4))


def test_seeds_whose_run_is_gone_are_trained_anew(store: Store, engine: TorchEngine) -> None:
    more = replace(PLAIN, seeds=(12, 904, 33), kept=KeptSeeds("gone-run-1", 2))
    alike(store, trained(store, engine, more), trained(store, engine, replace(more, kept=None)))


def test_a_pause_and_a_stop_keep_what_was_measured(store: Store, engine: TorchEngine) -> None:
    few = trained(store, engine, PLAIN)
    more = replace(PLAIN, seeds=(12, 904, 33), kept=KeptSeeds(few.id, 2))
    run = submitted(store, more, "step")
    for _ in range(3):
        Stretch([run], store, engine).train()
        assert now(store, run).state == "paused"
        run = again(store, run, "step")
    assert now(store, run).update == 3
    known = {event["update"] for event in store.runs.events(few.id, 0)}
    assert {event["update"] for event in store.runs.events(run.id, 0)} <= known, "nothing between their points"
    stretch = Stretch([replace(run, mode="train")], store, engine)
    stretch.train()
    alike(store, now(store, run), trained(store, engine, replace(more, kept=None)))
    stopped = submitted(store, more)
    stretch = Stretch([stopped], store, engine)
    stretch.ask("stop")
    assert stretch.train().state == "stopped"
    assert "verdict" in run_state(now(store, stopped), store, LEARNER)


def test_what_was_made_otherwise_is_not_joined(store: Store, engine: TorchEngine) -> None:
    few = trained(store, engine, PLAIN)
    with store.database.write() as db:
        from sqlalchemy import text

        db.execute(
            text('update runs set record = replace(record, \'"engine":\', \'"engine": 1, "old":\') where id = :id'),
            {"id": few.id},
        )
    failed = trained(store, engine, replace(PLAIN, seeds=(12, 904, 33), kept=KeptSeeds(few.id, 2)))
    assert (failed.state, failed.message) == ("failed", NOT_BESIDE)


@pytest.mark.parametrize("kept", [KeptSeeds("../x", 1), KeptSeeds("run-1234", 0), KeptSeeds("run-1234", 2)])
def test_what_cannot_be_kept(kept: KeptSeeds) -> None:
    with pytest.raises(SpecError, match="kept must name a run and fewer seeds than there are"):
        replace(PLAIN, kept=kept)


# ── the control ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_control_stands_beside_both_arms(store: Store, engine: TorchEngine) -> None:
    plain = trained(store, engine, PLAIN)
    chain = control_of(PLAIN, plain.id)
    assert kinds.read(chain.to_json()) == chain and chain.to_json() != PLAIN.to_json()
    assert has_control(PLAIN) and not has_control(chain) and not has_control(replace(PLAIN, unlabelled=0))
    run = trained(store, engine, chain)
    assert (run.state, run.message) == ("finished", "")
    alike(store, run, plain, arms=slice(2))
    weights = engine.load(weights_path(run.id))
    assert {name.split(".")[0] for name in weights} == {"arm0", "arm1", "arm2"}
    begun, ended = numbers(store, run)[0]["accuracy"], numbers(store, run)[-1]["accuracy"]
    assert begun[0].tolist() == begun[1].tolist() == begun[2].tolist(), "the same first weights"
    assert ended[2].tolist() not in (ended[0].tolist(), ended[1].tolist()), "it hears something else than either"
    state = run_state(run, store, LEARNER)
    assert not state["control"] and run_state(plain, store, LEARNER)["control"]
    said = state["verdict"]["sentence"]
    assert "elf-taught" in said and "istilled" in said and said.count("over 2 seeds") == 2
    outcome, before = of_run(run, store.runs.events(run.id, 0)[-1]), of_run(plain, store.runs.events(plain.id, 0)[-1])
    assert outcome.gain is not None and before.gain is not None and outcome.gain.mean == before.gain.mean


def test_the_control_is_taught_by_its_own_twin(store: Store, engine: TorchEngine) -> None:
    """Each seed by the students of that seed: a run with the first seed alone has the same numbers."""
    both, alone = trained(store, engine, PLAIN), trained(store, engine, replace(PLAIN, seeds=(12,)))
    controls = [trained(store, engine, control_of(RunSpec.read(run.spec_json), run.id)) for run in (both, alone)]
    alike(store, controls[0], controls[1], seeds=slice(1))


def test_the_control_hears_its_twins_first_choice_evenly_softened(store: Store, engine: TorchEngine) -> None:
    plain = trained(store, engine, PLAIN)
    chain = control_of(PLAIN, plain.id)
    training = engine.begin(chain).training
    twins = trained_students(plain.id, 0, PLAIN, engine)
    for seed, (twin, rows) in enumerate(zip(twins, training.taught, strict=True)):  # type: ignore[attr-defined]
        images = training.material.pool_images[rows]  # type: ignore[attr-defined]
        marks = training._marks[seed, rows]  # type: ignore[attr-defined]
        assert torch.equal(marks.argmax(-1), asked(twin, images).argmax(-1)), "each of its own twin"
        assert (marks != 0).sum(-1).eq(1).all() and len(marks.amax(-1).unique()) == 1, "all others alike, all as sure"
    assert arm_words(chain.arms[-1]).words == "self-taught"
    before = replace(chain, taught_by=replace(chain.taught_by, choice=False))
    assert kinds.read(before.to_json()) == before and "choice" in chain.to_json()


def test_a_control_of_shifted_images_is_shifted_as_well(store: Store, engine: TorchEngine) -> None:
    moved = replace(PLAIN, shift=1, seeds=(12,))
    plain = trained(store, engine, moved)
    run = trained(store, engine, control_of(moved, plain.id))
    assert (run.state, run.message) == ("finished", "")
    alike(store, run, plain, arms=slice(2))


def test_a_control_whose_teachers_are_gone_says_so(store: Store, engine: TorchEngine) -> None:
    plain = trained(store, engine, PLAIN)
    chain = control_of(PLAIN, plain.id)
    waiting = submitted(store, chain)
    stored.delete(stored.weights(plain.id))
    with pytest.raises(NotTrainable, match="are not on this machine any more: train them again"):
        chain.check_trainable()
    Stretch([waiting], store, engine).train()
    assert now(store, waiting).state == "failed" and "train them again" in now(store, waiting).message
    unfinished = submitted(store, PLAIN)
    stored.put(stored.weights(unfinished.id), b"half")
    failed = trained(store, engine, replace(PLAIN, seeds=(12, 904, 1), kept=KeptSeeds(unfinished.id, 2)))
    assert (failed.state, failed.message) == ("failed", GONE)


def test_what_is_no_chain() -> None:
    chain = control_of(PLAIN, "run-1234")
    for change, words in (
        ({"arms": chain.arms[:2]}, "must be those of a comparison, and a control behind them"),
        ({"arms": (*chain.arms[:2], replace(chain.arms[2], method="hints"))}, "method must be one of kd, logits, dkd"),
        ({"taught_by": TeacherRef("run-1234", 2)}, "must name a run and the place of an arm, 0 to 1"),
        ({"taught_by": TeacherRef("../key", 0)}, "must name a run"),
        ({"kept": KeptSeeds("run-1234", 1)}, "must be none in a chain"),
    ):
        with pytest.raises(SpecError, match=words):
            replace(chain, **change)
    with pytest.raises(SpecError, match="role must be one of labels, distilled, got"):
        replace(PLAIN, arms=chain.arms)
    with pytest.raises(SpecError, match="taught_by must name"):
        Chain.from_fields({key: value for key, value in chain.as_dict().items() if key not in ("kind", "taught_by")})
