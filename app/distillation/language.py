"""A language model, the whole of it: a transformer that says how likely each word is to come next.

Many models stand in one stack and are computed side by side; they never touch. In the comments:

    M  models of the stack       D  width: the numbers that stand for a word inside
    B  texts of a batch          H  heads, each with d = D / H of these numbers
    L  words of a text           V  words that the model knows
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from app.catalog.transformer import Transformer
from app.distillation.datasets import generator

Weights = Mapping[str, Tensor]  # by name, each (M, …): see `Transformer.weights`


def next_word_logits(model: Transformer, weights: Weights, texts: Tensor) -> Tensor:
    """For each word of each text, the logits of the word after it. texts: (M, B, L) int64. Returns (M, B, L, V)."""
    x = embedded(weights, texts)  # (M, B, L, D)
    for block in range(model.blocks):
        own = {name.removeprefix(f"{block}."): weight for name, weight in weights.items()}
        x = x + attention(own, norm(x), model.heads)  # words hear from the words before them
        x = x + mlp(own, norm(x))  # each word thinks for itself
    return linear(norm(x), weights["head"])


def embedded(weights: Weights, texts: Tensor) -> Tensor:
    """What stands for each word: a vector for the word, plus one for its place. (M, B, L) → (M, B, L, D)."""
    models, known, width = weights["words"].shape
    first = known * torch.arange(models)[:, None, None]  # of each model, in one long table of all their words
    words = F.embedding(texts + first, weights["words"].reshape(-1, width))
    return words + weights["places"][:, None, : texts.shape[-1]]


def attention(weights: Weights, x: Tensor, heads: int) -> Tensor:
    """Each word asks, each word offers, and who fits gives: a mean over the words so far. (M, B, L, D), as x."""
    ask, offer, give = (split(linear(x, weights[name]), heads) for name in ("ask", "offer", "give"))  # (M, B, H, L, d)
    fits = ask @ offer.transpose(-1, -2) / ask.shape[-1] ** 0.5  # (M, B, H, L, L): of each word, with each
    later = torch.ones(fits.shape[-2:], dtype=torch.bool).triu(1)
    share = fits.masked_fill(later, -torch.inf).softmax(-1)  # nobody hears what comes later
    heard = (share @ give).transpose(2, 3).flatten(3)  # (M, B, L, D): the heads side by side again
    return linear(heard, weights["join"])


def mlp(weights: Weights, x: Tensor) -> Tensor:
    """Two layers for every word alone, and what is below zero between them is cut off. (M, B, L, D), as x."""
    return linear((linear(x, weights["widen"]) + weights["bias"].unsqueeze(1)).relu(), weights["narrow"])


def norm(x: Tensor) -> Tensor:
    """The numbers of each word with mean 0 and variance 1. (M, B, L, D), as x."""
    return F.layer_norm(x, x.shape[-1:])


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """Every model's own matrix. x: (M, B, L, inputs), weight: (M, inputs, outputs). Returns (M, B, L, outputs)."""
    return (x.flatten(1, 2) @ weight).view(*x.shape[:3], -1)


def split(x: Tensor, heads: int) -> Tensor:
    """(M, B, L, D) → (M, B, H, L, d): to each head its part of every word."""
    return x.view(*x.shape[:3], heads, -1).transpose(2, 3)


def first_weights(model: Transformer, seeds: Sequence[int], purpose: str, spread: float = 1.0) -> dict[str, Tensor]:
    """Weights as they are drawn, a model for each seed: normal, and smaller the more inputs a matrix has.

    spread: of a matrix’s weights, times the root of its inputs.
    """
    draws = [generator(seed, f"{purpose} weights") for seed in seeds]
    weights = {}
    for name, shape in model.weights().items():
        size = 0.0 if name.endswith("bias") else 0.5 if name in ("words", "places") else spread * shape[0] ** -0.5
        weights[name] = torch.stack([size * torch.randn(shape, generator=draw) for draw in draws])
    return weights


def continued(model: Transformer, weights: Weights, start: Tensor, draw: torch.Generator) -> Iterator[Tensor]:
    """The next words of texts, drawn as one model (M = 1) finds them likely, until the texts are as long as may be.

    start: (B, L). Yields (B,), again and again.
    """
    texts = start
    while texts.shape[1] <= model.length:
        likely = next_word_logits(model, weights, texts[None])[0, :, -1].softmax(-1)  # (B, V)
        words = torch.multinomial(likely, 1, generator=draw)
        yield words[:, 0]
        texts = torch.cat((texts, words), 1)
