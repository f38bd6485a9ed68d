"""Sentences as numbers, how likely they truly are, and how a stack of language models learns from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from app.catalog.grammar import END, LENGTH, START, WORDS, beginnings, sentences
from app.catalog.transformer import Transformer
from app.distillation.language import Weights, continued, next_word_logits

NUMBER = {word: number for number, word in enumerate(WORDS)}


@dataclass(frozen=True)
class Texts:
    """words: (…, n, LENGTH + 1) int64, filled up with END. real: (…, n, LENGTH), whether there is a next word there."""

    words: Tensor
    real: Tensor

    @classmethod
    def of(cls, words: Tensor) -> Texts:
        """Of sentences (…, n, LENGTH + 1) in which nothing counts after the first END."""
        ended = (words[..., :-1] == NUMBER[END]).cumsum(-1) > 0
        rest = torch.cat((torch.zeros_like(ended[..., :1]), ended), -1)
        return cls(words.masked_fill(rest, NUMBER[END]), ~ended)

    @property
    def count(self) -> int:
        """Words that are learned, END among them, of each group of sentences on average."""
        return round(float(self.real.sum((-1, -2)).float().mean()))


@lru_cache(maxsize=1)
def all_sentences() -> tuple[Tensor, Tensor]:
    """Every sentence, (n, LENGTH + 1), and how likely it is, (n,)."""
    filled = [(*map(NUMBER.__getitem__, one), *[NUMBER[END]] * (LENGTH + 1 - len(one))) for one in sentences()]
    return torch.tensor(filled), torch.tensor(list(sentences().values()), dtype=torch.float64)


def drawn(count: int, draw: torch.Generator) -> Texts:
    """So many sentences of the language, drawn as likely as they are."""
    words, likely = all_sentences()
    return Texts.of(words[torch.multinomial(likely, count, replacement=True, generator=draw)])


@torch.no_grad()
def written(model: Transformer, weights: Weights, count: int, draw: torch.Generator) -> Texts:
    """So many sentences as a model writes them: each word drawn as likely as it says. weights: of one model."""
    start = torch.full((count, 1), NUMBER[START])
    return Texts.of(torch.cat((start, torch.stack([*continued(model, weights, start, draw)], 1)), 1))


# ── how far from the truth ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Truth:
    """Every beginning of a sentence. texts: (rows, LENGTH), which hold all of them; row, place: (beginnings,), where.

    likely: (beginnings, words), how likely each word is to come next; weight: (beginnings,), how often one is there.
    """

    texts: Tensor
    row: Tensor
    place: Tensor
    likely: Tensor
    weight: Tensor


@lru_cache(maxsize=1)
def truth() -> Truth:
    """The language, exactly."""
    known = beginnings()
    whole = [one for one in known if not any((*one, word) in known for word in known[one])]
    first: dict[tuple[str, ...], tuple[int, int]] = {}
    for row, text in enumerate(whole):
        for end in range(1, len(text) + 1):
            first.setdefault(text[:end], (row, end - 1))
    texts = torch.tensor([[*map(NUMBER.__getitem__, one), *[NUMBER[END]] * (LENGTH - len(one))] for one in whole])
    likely = torch.zeros(len(known), len(WORDS), dtype=torch.float64)
    for number, after in enumerate(known.values()):
        for word, share in after.items():
            likely[number, NUMBER[word]] = share
    weight = likely.sum(1)
    row, place = torch.tensor([first[one] for one in known]).T
    return Truth(texts, row, place, (likely / weight[:, None]).float(), (weight / weight.sum()).float())


@torch.no_grad()
def measured(model: Transformer, weights: Weights) -> dict[str, Tensor]:
    """How far each model of a stack is from the truth: (models,), a mean over all words of the language.

    kl: KL(truth ‖ model) in nats a word. overlap: 1 minus half the sum of absolute differences, a share.
    """
    found = list[dict[str, Tensor]]()
    for one in range(len(weights["head"])):  # one by one: what they compute with then stays in the processor's cache
        alone = {name: weight[one : one + 1] for name, weight in weights.items()}
        said = next_word_logits(model, alone, truth().texts[None])[0, truth().row, truth().place]
        found.append(apart(said.log_softmax(-1)))
    return {name: torch.stack([one[name] for one in found]) for name in found[0]}


def apart(said: Tensor) -> dict[str, Tensor]:
    """The same of log-probabilities (…, beginnings, words) of every beginning."""
    likely, weight = truth().likely, truth().weight
    kl = (torch.xlogy(likely, likely) - likely * said.clamp_min(torch.finfo(said.dtype).min)).sum(-1)
    overlap = torch.minimum(likely, said.exp()).sum(-1)
    return {"kl": (kl * weight).sum(-1), "overlap": (overlap * weight).sum(-1)}


# ── learning ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Readers:
    """A stack of models that learn, side by side, from what they are told of the next word."""

    def __init__(self, model: Transformer, weights: Weights, rate: float) -> None:
        self.model, self.rate = model, rate
        self.weights = {name: weight.detach().clone().requires_grad_() for name, weight in weights.items()}
        self.optimizer = torch.optim.AdamW(self.weights.values(), weight_decay=1e-2, fused=True)

    def losses(self, texts: Texts, told: Tensor, temperatures: Tensor) -> Tensor:
        """T² · cross-entropy at T with what each model is told of each next word, a mean over the words: (M,), nats.

        texts: (M, B, …). told: probabilities (M, B, L, V), already softened. temperatures: (M,).
        """
        t = temperatures[:, None, None, None]
        said = (next_word_logits(self.model, self.weights, texts.words[..., :-1]) / t).log_softmax(-1)
        each = -(told * said).sum(-1) * texts.real  # (M, B, L)
        return temperatures**2 * each.sum((1, 2)) / texts.real.sum((1, 2))

    def learn(self, losses: Tensor, share: float, warm: float) -> None:
        """Make one update. The rate rises at first, then falls along half a cosine to a tenth.

        share: of the training that is done, 0 … 1; warm: the share in which the rate rises.
        """
        rate = min(1.0, share / warm) * (0.1 + 0.45 * (1 + math.cos(math.pi * share)))
        self.optimizer.param_groups[0]["lr"] = self.rate * rate
        self.optimizer.zero_grad()
        losses.sum().backward()  # type: ignore[no-untyped-call]  # the sum: no model feels another
        self.optimizer.step()


def as_read(texts: Texts) -> Tensor:
    """What plain text tells: the next word that stands there, for certain. (…, L, V)."""
    return torch.nn.functional.one_hot(texts.words[..., 1:], len(WORDS)).float()


def rows_of(draws: Sequence[torch.Generator], batch: int) -> Tensor:
    """Where each seed reads next, (seeds, batch), as shares of its texts: so texts of any number are read alike."""
    return torch.stack([torch.rand(batch, generator=draw) for draw in draws])
