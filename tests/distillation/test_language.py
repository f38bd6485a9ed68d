"""The transformer against torch's own parts, and by what must hold of any language model."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from app.catalog.language_models import STUDENT, TEACHER
from app.catalog.transformer import Transformer
from app.distillation.datasets import generator
from app.distillation.language import attention, continued, first_weights, next_word_logits

SMALL = Transformer(words=11, length=5, width=12, heads=3, blocks=2)


@pytest.fixture
def weights() -> dict[str, Tensor]:
    drawn = first_weights(SMALL, (3, 4), "test")
    return {
        name: weight + 0.1 * torch.randn(weight.shape, generator=generator(5, name)) for name, weight in drawn.items()
    }


@pytest.fixture
def texts() -> Tensor:
    return torch.randint(SMALL.words, (2, 7, SMALL.length), generator=generator(6, "texts"))


def by_torch(weights: dict[str, Tensor], texts: Tensor) -> Tensor:
    """One model of SMALL, from the parts that torch has. texts: (B, L)."""
    x = F.embedding(texts, weights["words"]) + weights["places"][: texts.shape[1]]
    for block in range(SMALL.blocks):
        at = {name: weights[f"{block}.{name}"] for name in ("ask", "offer", "give", "join", "widen", "bias", "narrow")}
        y = F.layer_norm(x, (SMALL.width,), eps=1e-5)
        parts = [
            (y @ at[name]).view(*y.shape[:2], SMALL.heads, -1).transpose(1, 2) for name in ("ask", "offer", "give")
        ]
        ask, offer, give = parts
        heard = F.scaled_dot_product_attention(ask, offer, give, is_causal=True).transpose(1, 2).reshape(x.shape)
        x = x + F.linear(heard, at["join"].T)
        y = F.layer_norm(x, (SMALL.width,), eps=1e-5)
        x = x + F.linear(F.relu(F.linear(y, at["widen"].T, at["bias"][0])), at["narrow"].T)
    return F.linear(F.layer_norm(x, (SMALL.width,)), weights["head"].T)


def test_every_model_of_a_stack_answers_as_torchs_own_parts_do(weights: dict[str, Tensor], texts: Tensor) -> None:
    said = next_word_logits(SMALL, weights, texts)
    assert said.shape == (2, 7, SMALL.length, SMALL.words)
    for one in (0, 1):
        alone = {name: weight[one] for name, weight in weights.items()}
        torch.testing.assert_close(said[one], by_torch(alone, texts[one]))


def test_its_gradients_are_those_of_torchs_own_parts_and_no_model_feels_another(
    weights: dict[str, Tensor], texts: Tensor
) -> None:
    weights = {name: weight.double().requires_grad_() for name, weight in weights.items()}
    next_word_logits(SMALL, weights, texts)[1].logsumexp(-1).sum().backward()  # type: ignore[no-untyped-call]
    alone = {name: weight.detach()[1].clone().requires_grad_() for name, weight in weights.items()}
    by_torch(alone, texts[1]).logsumexp(-1).sum().backward()  # type: ignore[no-untyped-call]
    for name, weight in weights.items():
        assert weight.grad is not None and not weight.grad[0].any(), name
        torch.testing.assert_close(weight.grad[1], alone[name].grad)


def test_a_later_word_never_changes_what_was_said_before_it(weights: dict[str, Tensor], texts: Tensor) -> None:
    before = next_word_logits(SMALL, weights, texts)
    for place in range(SMALL.length):
        other = texts.clone()
        other[..., place] = (other[..., place] + 1) % SMALL.words
        after = next_word_logits(SMALL, weights, other)
        torch.testing.assert_close(after[:, :, :place], before[:, :, :place], rtol=0, atol=0)
        assert (after[:, :, place:] != before[:, :, place:]).any(-1).all(), "it hears this word, and the ones before it"
    torch.testing.assert_close(next_word_logits(SMALL, weights, texts[..., :3]), before[:, :, :3])


def test_attention_is_a_mean_of_what_stands_before(weights: dict[str, Tensor]) -> None:
    """If all words give the same, each hears just that, whoever asks."""
    own = {name.removeprefix("0."): weight for name, weight in weights.items()}
    own["offer"] = own["ask"] = torch.zeros_like(own["ask"])
    own["join"] = own["give"] = torch.eye(SMALL.width).expand(2, -1, -1)
    x = torch.randn(2, 7, SMALL.length, SMALL.width, generator=generator(7, "x"))
    so_far = x.cumsum(2) / torch.arange(1, SMALL.length + 1)[:, None]
    torch.testing.assert_close(attention(own, x, SMALL.heads), so_far)


def test_what_is_counted_is_what_there_is() -> None:
    for model in (SMALL, STUDENT, TEACHER):
        drawn = first_weights(model, (1,), "test")
        assert sum(weight[0].numel() for weight in drawn.values()) == model.parameters
    assert (STUDENT.parameters, TEACHER.parameters) == (9120, 104448)


def test_a_seed_draws_its_weights_alone_and_beside_others() -> None:
    both, alone = first_weights(SMALL, (8, 9), "test"), first_weights(SMALL, (9,), "test")
    for name, weight in both.items():
        assert torch.equal(weight[1:], alone[name]) and (name.endswith("bias") or not torch.equal(weight[0], weight[1]))


def test_a_text_goes_on_as_likely_as_the_model_says(weights: dict[str, Tensor]) -> None:
    alone = {name: 2 * weight[:1] for name, weight in weights.items()}
    start = torch.zeros(4000, 1, dtype=torch.int64)
    words = [*continued(SMALL, alone, start, generator(1, "draw"))]
    assert len(words) == SMALL.length
    likely = next_word_logits(SMALL, alone, start[None, :1])[0, 0, 0].softmax(-1)
    share = torch.bincount(words[0], minlength=SMALL.words) / len(start)
    assert (share - likely).abs().max() < 4 * (0.25 / len(start)) ** 0.5
