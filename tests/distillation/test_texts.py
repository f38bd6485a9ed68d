"""The language itself: what is likely in it, by the grammar, by drawing, and in what is measured of models."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch

from app.catalog import grammar
from app.catalog.grammar import END, LENGTH, START, WORDS, beginnings, next_words, sentences
from app.catalog.language_models import STUDENT
from app.distillation.datasets import generator
from app.distillation.language import first_weights, next_word_logits
from app.distillation.texts import NUMBER, Readers, Texts, apart, as_read, drawn, measured, truth, written


def test_the_truth_sums_to_one_wherever_a_sentence_stands() -> None:
    assert len(WORDS) == len(set(WORDS)) == 41
    assert math.isclose(sum(sentences().values()), 1)
    assert {len(one) for one in sentences()} == {LENGTH, LENGTH + 1} and all(one[-1] == END for one in sentences())
    for beginning in beginnings():
        assert math.isclose(sum(next_words(beginning).values()), 1), beginning
    torch.testing.assert_close(truth().likely.sum(1), torch.ones(len(beginnings())))
    torch.testing.assert_close(truth().weight.sum(), torch.tensor(1.0))


def test_a_sentence_is_as_likely_as_its_words_one_after_the_other() -> None:
    for sentence in [*sentences()][::97]:
        product = math.prod(next_words(sentence[:end])[sentence[end]] for end in range(1, len(sentence)))
        assert math.isclose(product, sentences()[sentence])


def test_an_apple_an_orange_and_hardly_a_bicycle() -> None:
    an, a = (next_words((START, "I", "eat", article)) for article in ("an", "a"))
    assert 0.8 < an["apple"] < 0.9 and 0.08 < an["orange"] < 0.12 and "bicycle" not in an
    assert 0 < a["bicycle"] < 0.001
    assert set(next_words((START, "we"))) == set(grammar.VERBS)
    assert next_words((START, "we", "ride", "a", "red", "bus")) == {END: 1}


def test_drawn_sentences_come_as_often_as_they_are_likely() -> None:
    count = 20_000
    texts = drawn(count, generator(3, "test"))
    words = [
        tuple(WORDS[number] for number in one[: 2 + int(real.sum()) - 1])
        for one, real in zip(texts.words, texts.real, strict=True)
    ]
    assert all(one in sentences() for one in words)
    found = Counter(one[1:3] for one in words)
    for beginning, likely in ((one, sum(after.values())) for one, after in beginnings().items() if len(one) == 3):
        spread = (likely * (1 - likely) / count) ** 0.5
        assert abs(found[beginning[1:]] / count - likely) < 5 * spread


def test_what_comes_after_the_end_is_not_learned() -> None:
    end, start, apple = (NUMBER[word] for word in (END, START, "apple"))
    texts = Texts.of(torch.tensor([[start, apple, end, apple, end, apple, apple]]))
    assert texts.words.tolist() == [[start, apple, *[end] * 5]] and texts.real.tolist() == [[True] * 2 + [False] * 4]
    assert texts.count == 2


def test_every_beginning_is_asked_once_and_where_it_stands() -> None:
    asked = truth()
    for number, beginning in enumerate(beginnings()):
        row, place = int(asked.row[number]), int(asked.place[number])
        assert tuple(WORDS[word] for word in asked.texts[row, : place + 1]) == beginning
    assert len({*zip(asked.row.tolist(), asked.place.tolist(), strict=True)}) == len(beginnings())


def test_the_truth_is_no_way_from_itself_and_what_is_measured_is_a_mean_over_all_words() -> None:
    likely, weight = truth().likely, truth().weight
    itself = apart(likely.log())
    torch.testing.assert_close(itself, {"kl": torch.tensor(0.0), "overlap": torch.tensor(1.0)}, rtol=0, atol=1e-5)
    flat = torch.full_like(likely, 1 / len(WORDS))
    entropy = -(torch.xlogy(likely, likely).sum(1) * weight).sum()
    torch.testing.assert_close(apart(flat.log())["kl"], math.log(len(WORDS)) - entropy)
    first = first_weights(STUDENT, (1, 2), "test")
    found = measured(STUDENT, first)
    said = next_word_logits(STUDENT, first, truth().texts.expand(2, -1, -1))[:, truth().row, truth().place]
    kl = (
        torch.nn.functional.kl_div(said.log_softmax(-1), likely.expand_as(said), reduction="none").sum(-1) * weight
    ).sum(-1)
    torch.testing.assert_close(found["kl"], kl)
    torch.testing.assert_close(found["overlap"], 1 - 0.5 * ((said.softmax(-1) - likely).abs().sum(-1) * weight).sum(-1))


def test_plain_text_is_learned_as_cross_entropy_and_softened_words_weigh_t_squared() -> None:
    texts = drawn(12, generator(4, "test"))
    batch = Texts(texts.words.expand(2, -1, -1), texts.real.expand(2, -1, -1))
    reader = Readers(STUDENT, first_weights(STUDENT, (1, 2), "test"), 1e-3)
    losses = reader.losses(batch, as_read(batch), torch.ones(2))
    said = next_word_logits(STUDENT, reader.weights, batch.words[..., :-1])
    for one in (0, 1):
        plain = torch.nn.functional.cross_entropy(said[one][texts.real], texts.words[:, 1:][texts.real])
        torch.testing.assert_close(losses[one], plain)
    told = torch.rand(2, 12, LENGTH, len(WORDS), generator=generator(4, "told")).softmax(-1)
    cooled = Readers(
        STUDENT, {name: value if name != "head" else value / 3 for name, value in reader.weights.items()}, 1e-3
    )
    torch.testing.assert_close(
        reader.losses(batch, told, torch.tensor([3.0, 3.0])), 9 * cooled.losses(batch, told, torch.ones(2))
    )


@pytest.mark.parametrize("warm", [0.1, 0.5])
def test_models_learn_side_by_side_what_they_learn_alone(warm: float) -> None:
    texts = drawn(8, generator(4, "test"))
    both, alone = (Readers(STUDENT, first_weights(STUDENT, seeds, "test"), 5e-3) for seeds in ((1, 2), (2,)))
    before = measured(STUDENT, alone.weights)["kl"]
    for update in range(6):
        for reader in (both, alone):
            count = len(reader.weights["head"])
            batch = Texts(texts.words.expand(count, -1, -1), texts.real.expand(count, -1, -1))
            reader.learn(reader.losses(batch, as_read(batch), torch.ones(count)), (update + 1) / 6, warm)
    found = measured(STUDENT, {name: weight.detach() for name, weight in both.weights.items()})
    torch.testing.assert_close(found["kl"][1:], measured(STUDENT, alone.weights)["kl"], rtol=1e-5, atol=1e-6)
    assert found["kl"][1] < before[0] - 0.1


def test_a_model_writes_sentences_that_begin_and_end() -> None:
    first = first_weights(STUDENT, (1,), "test")
    texts = written(STUDENT, first, 50, generator(2, "test"))
    assert texts.words.shape == (50, LENGTH + 1) and (texts.words[:, 0] == NUMBER[START]).all()
    assert texts.real[:, 0].all() and torch.equal(texts.words, written(STUDENT, first, 50, generator(2, "test")).words)
