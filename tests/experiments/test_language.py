"""The kind `language`: what its arms read and hear, its students beside each other, and a run through the queue."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from app.catalog import language_models
from app.catalog.grammar import WORDS, beginnings
from app.catalog.language_models import STUDENT, TEACHER, answers, manifest
from app.distillation.language import next_word_logits
from app.distillation.texts import as_read, measured, truth
from app.experiments import kinds
from app.experiments.kinds import language as declared
from app.experiments.kinds.language import ARMS, LIBRARY, Language
from app.experiments.spec import NotTrainable, SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.kinds import language as worker
from app.experiments.worker.kinds.language import Books, LanguageTraining, teacher_weights
from app.experiments.worker.stretch import Stretch
from app.server.api.runs import run_verdict
from app.store import Store

ANNE = "a" * 24


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer updates, and a smaller library."""
    for module in (declared, worker):
        monkeypatch.setattr(module, "UPDATES", 10)
        monkeypatch.setattr(module, "LIBRARY", 200)


def test_the_teacher_is_as_near_to_the_truth_as_its_manifest_says() -> None:
    found = measured(TEACHER, teacher_weights())
    assert found["kl"][0].item() == pytest.approx(manifest()["kl_to_truth"], abs=2e-5)
    assert found["overlap"][0].item() == pytest.approx(manifest()["overlap_with_truth"], abs=2e-5)
    assert found["kl"][0] < 0.01 and manifest()["parameters"] == TEACHER.parameters


def test_what_it_says_is_kept_for_who_has_no_torch() -> None:
    kept = answers()
    asked = [number for number, one in enumerate(beginnings()) if " ".join(one[1:]) in kept]
    assert len(asked) == len(kept) > 400
    said = next_word_logits(TEACHER, teacher_weights(), truth().texts[None, truth().row[asked]])[0]
    logits = said[torch.arange(len(asked)), truth().place[asked]]
    whole = [*beginnings()]
    np.testing.assert_allclose([kept[" ".join(whole[at][1:])] for at in asked], logits.numpy(), atol=1e-4)


@pytest.mark.usefixtures("brief")
def test_each_arm_reads_and_hears_what_it_says() -> None:
    spec, teacher = Language(100, (5, 6), tuple(ARMS)), teacher_weights()
    books = Books(spec, teacher)
    at = dict(zip(ARMS, zip(books.texts, books.by, strict=True), strict=True))
    text = at["text"][0]
    for arm, (read, by) in at.items():
        assert read.words.shape[:2] == (2, 200 if arm == "library" else 100)
        assert torch.equal(read.words, text.words) == (ARMS[arm].reads == "text")
        assert (by is None) == (ARMS[arm].told == "word")
        if by is not None:
            torch.testing.assert_close(by.sum(-1), torch.ones(by.shape[:-1]))
    soft_words = {arm: by for arm, (_, by) in at.items() if by is not None}
    for seed in (0, 1):
        logits = next_word_logits(TEACHER, teacher, text.words[seed, None, :, :-1])[0]
        for arm, t in (("soft", 1), ("soft-2", 2)):
            torch.testing.assert_close(soft_words[arm][seed], (logits / t).softmax(-1))
        real = text.real[seed]
        soft, misplaced = soft_words["soft"][seed], soft_words["misplaced"][seed]
        for place in range(6):
            there = real[:, place]
            order = [sorted(map(tuple, one[there][:, place].tolist())) for one in (soft, misplaced)]
            assert order[0] == order[1], "the same answers, to other sentences"
    even = soft_words["even"]
    word = (even * as_read(text)).sum(-1)
    for seed, real in enumerate(text.real):
        sure = soft_words["soft"][seed].amax(-1)[real].mean()
        torch.testing.assert_close(word[seed][real], sure.expand(int(real.sum())))
    assert len(set(even[0, 0, 0].tolist())) == 2, "all other words alike"


@pytest.mark.usefixtures("brief")
def test_a_student_gets_beside_others_what_it_gets_alone_and_the_arms_start_alike() -> None:
    teacher = teacher_weights()
    whole = LanguageTraining(Language(100, (8, 9), tuple(ARMS)), teacher)
    start = whole.readers.weights["head"].view(len(ARMS), 2, STUDENT.width, len(WORDS))
    assert (start == start[:1]).all() and not torch.equal(start[0, 0], start[0, 1])
    pairs = {arm: LanguageTraining(Language(100, (9,), ("text", arm)), teacher) for arm in [*ARMS][1:]}
    for training in (whole, *pairs.values()):
        while training.update < 3:
            training.step()
    found = whole.evaluate().measures
    assert set(found) == {one.key for one in Language.measures} and found["kl"].shape == (len(ARMS), 2)
    for place, (arm, pair) in enumerate(pairs.items(), 1):
        alone = pair.evaluate().measures["kl"]
        torch.testing.assert_close(found["kl"][[0, place], 1:], alone, rtol=0, atol=1e-5)
        assert abs(float(alone[0, 0] - alone[1, 0])) > 1e-4, arm


def test_it_is_read_back_and_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Language(100, (1, 2))
    assert kinds.read(made.to_json()) == made and kinds.read_trainable(made.to_json()) == made
    assert made.in_short() == "Next words, 100 sentences: text against soft words"
    fields = json.loads(made.to_json())
    wrong: list[tuple[dict[str, object], str]] = [
        ({"sentences": 5}, "must be one of 100"),
        ({"sentences": True}, "must be one of"),
        ({"seeds": []}, "must be 1 to 20 numbers"),
        ({"seeds": None}, "is not an experiment"),
        ({"more": 1}, "is not an experiment"),
        ({"arms": ["soft", "text"]}, "must be text and others of"),
        ({"arms": ["text", "cat"]}, "must be text and others of"),
        ({"arms": ["text", "soft", "soft"]}, "must be text and others of"),
    ]
    for changed, said in wrong:
        with pytest.raises(SpecError, match=said):
            kinds.read(json.dumps(fields | changed))
    monkeypatch.setattr(language_models, "MANIFEST", "nothing.json")
    with pytest.raises(NotTrainable, match="teacher of the language"):
        made.check_trainable()


def test_many_sentences_by_the_teacher_are_counted_as_work() -> None:
    few, many = (Language(100, (1,), ("text", arm)).work() for arm in ("written", "library"))
    assert many.cost > few.cost and few.updates == declared.UPDATES and LIBRARY == 5000


@pytest.mark.usefixtures("brief")
def test_a_run_of_it_through_the_queue_paused_and_resumed(store: Store) -> None:
    made = Language(100, (1, 2))
    run_id = store.runs.submit(made, ANNE, start="step")
    run = store.runs.take("w")
    assert run is not None and run.updates == 10
    engine = TorchEngine()
    assert Stretch([run], store, engine).train().state == "paused"
    assert store.runs.request(run_id, ANNE, "resume")
    again = store.runs.take("w")
    assert again is not None and Stretch([again], store, engine).train().state == "finished"
    last = store.runs.events(run_id, 0)[-1]
    ended = store.runs.get(run_id)
    assert ended is not None and ended.record["teacher_sha256"] == manifest()["sha256"]
    said = run_verdict(ended, store)
    assert said and (said["seeds"], said["test_images"]) == (2, len(beginnings())) and said["sentence"]
    straight = engine.begin(made).training
    while straight.update < straight.updates:
        straight.step()
    np.testing.assert_allclose(np.asarray(straight.evaluate().measures["kl"]), last["kl"], atol=1e-5)
