"""Runs the kind `language`: the students of all arms and seeds learn as one stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from app.catalog.grammar import WORDS
from app.catalog.language_models import STUDENT, TEACHER, manifest, weights_file
from app.distillation.checkpoints import read_tensors
from app.distillation.datasets import generator
from app.distillation.language import Weights, first_weights, next_word_logits
from app.distillation.texts import Readers, Texts, as_read, drawn, measured, rows_of, written
from app.experiments.kinds.language import ARMS, BATCH, EVALUATED, LIBRARY, UPDATES, Language, LanguageArm
from app.experiments.worker.engine import PlainPoint, Prepared

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

RATE = 1e-2  # AdamW's highest
SPREAD = 0.6  # of the first weights
WARM = 0.08  # of the updates: while the rate rises


class Books:
    """What all students read and what they are told of it: of each arm texts (seeds, n, …), and probabilities.

    `by` of an arm is what its teacher says, softened: (seeds, n, L, V); None where the word itself is told.
    """

    def __init__(self, spec: Language, teacher: Weights) -> None:
        seeds, arms = spec.seeds, [ARMS[arm] for arm in spec.arms]
        text = _beside([drawn(spec.sentences, generator(seed, "language text")) for seed in seeds])
        self.texts, self.by = list[Texts](), list[Tensor | None]()
        library = None
        if any(arm.reads == "library" for arm in arms):
            library = _beside([_written(teacher, LIBRARY, seed) for seed in seeds])
        answers = None
        if any(arm.told != "word" for arm in arms):
            with torch.no_grad():
                each = (next_word_logits(TEACHER, teacher, words[None, :, :-1])[0] for words in text.words)
                answers = torch.stack([*each])  # (seeds, n, L, V)
        for arm in arms:
            if arm.reads == "text":
                self.texts.append(text)
            elif arm.reads == "library" and library:
                self.texts.append(library)
            else:
                self.texts.append(_beside([_written(teacher, spec.sentences, seed) for seed in seeds]))
            self.by.append(None if answers is None else told(arm, text, answers, seeds))

    def open(self, rows: Tensor) -> tuple[Texts, Tensor]:
        """A batch of every arm and seed, (models, B, …), and what is told of it, (models, B, L, V).

        rows: (seeds, B), shares of the texts of an arm.
        """
        read, heard = list[Texts](), list[Tensor]()
        seeds = torch.arange(len(rows)).unsqueeze(1)
        for texts, by in zip(self.texts, self.by, strict=True):
            at = (rows * texts.words.shape[1]).long()
            read.append(Texts(texts.words[seeds, at], texts.real[seeds, at]))
            heard.append(as_read(read[-1]) if by is None else by[seeds, at])
        words, real = (torch.cat([getattr(one, name) for one in read]) for name in ("words", "real"))
        return Texts(words, real), torch.cat(heard)


def told(arm: LanguageArm, text: Texts, answers: Tensor, seeds: tuple[int, ...]) -> Tensor | None:
    """What an arm is told of every word of its text, as probabilities (seeds, n, L, V); None for the word itself.

    answers: the teacher's logits there.
    """
    if arm.told == "word":
        return None
    soft = (answers / arm.temperature).softmax(-1)
    if arm.told == "teacher":
        return soft
    if (
        arm.told == "even"
    ):  # the word gets what the teacher gives to its likeliest word, on average over the seed's text
        sure = (soft.amax(-1) * text.real).sum((1, 2)) / text.real.sum((1, 2))
        other = ((1 - sure) / (len(WORDS) - 1))[:, None, None, None]
        return other + (sure[:, None, None, None] - other) * as_read(text)
    found = soft.clone()
    for at, seed in enumerate(seeds):
        for place in range(text.real.shape[-1]):
            there = text.real[at, :, place].nonzero().squeeze(1)
            order = torch.randperm(len(there), generator=generator(seed, "misplaced words", place))
            circle = there[order]  # each hears of the one after it: of its own sentence nobody does
            found[at, circle, place] = soft[at, circle.roll(1), place]
    return found


def _written(teacher: Weights, count: int, seed: int) -> Texts:
    return written(TEACHER, teacher, count, generator(seed, "written text", count))


def _beside(texts: list[Texts]) -> Texts:
    """(n, …) of each seed → (seeds, n, …)."""
    return Texts(torch.stack([one.words for one in texts]), torch.stack([one.real for one in texts]))


class LanguageTraining:
    """All updates of all students."""

    epoch = None

    def __init__(self, spec: Language, teacher: Weights) -> None:
        self._arms, self._seeds = [ARMS[arm] for arm in spec.arms], spec.seeds
        self.books = Books(spec, teacher)
        first = first_weights(STUDENT, spec.seeds, "student", SPREAD)
        stack = {name: weight.repeat(len(spec.arms), *[1] * (weight.ndim - 1)) for name, weight in first.items()}
        self.readers = Readers(STUDENT, stack, RATE)
        each = torch.tensor([arm.temperature for arm in self._arms])
        self._temperatures = each.repeat_interleave(len(spec.seeds))
        self.updates, self.update = UPDATES, 0

    def step(self) -> dict[str, Tensor]:
        """One update of all students. Returns their losses."""
        draws = [generator(seed, "language order", self.update) for seed in self._seeds]
        losses = self.readers.losses(*self.books.open(rows_of(draws, BATCH)), self._temperatures)
        self.update += 1
        self.readers.learn(losses, self.update / self.updates, WARM)
        return {"total": self._by_arm(losses.detach())}

    def due(self) -> bool:
        """EVALUATED times."""
        return any(self.update == round(share * self.updates) for share in EVALUATED)

    def evaluate(self) -> PlainPoint:
        """How far all students are from the truth."""
        found = measured(STUDENT, {name: weight.detach() for name, weight in self.readers.weights.items()})
        return PlainPoint({name: self._by_arm(values) for name, values in found.items()}, {})

    def _by_arm(self, values: Tensor) -> Tensor:
        """(models,) → (arms, seeds)."""
        return values.view(len(self._arms), len(self._seeds))

    def state(self) -> dict[str, Tensor]:
        """All that `restore` needs: the texts are drawn anew from their seeds."""
        state = {"update": torch.tensor(self.update)}
        for name, weight in self.readers.weights.items():
            state[name] = weight.detach()
            moments = self.readers.optimizer.state.get(weight, {})
            state |= {f"{name} {key}": value for key, value in moments.items()}
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go back to a `state`."""
        self.update = int(state["update"])
        for name, weight in self.readers.weights.items():
            weight.data.copy_(state[name])
            start = f"{name} "
            moments = {key.removeprefix(start): one.clone() for key, one in state.items() if key.startswith(start)}
            self.readers.optimizer.state.pop(weight, None)
            if moments:  # none before the first update
                self.readers.optimizer.state[weight] = moments

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these students again."""
        return {}

    def validate(self) -> None:
        """None: nothing is chosen."""


def teacher_weights() -> dict[str, Tensor]:
    """The teacher that comes along, as a stack of one. Raises OSError or ValueError if it is missing or damaged."""
    return {name: weight.float()[None] for name, weight in read_tensors(weights_file())[0].items()}


def prepare(spec: Language, engine: TorchEngine) -> Prepared:
    """A training of `spec`, which needs the teacher that comes along."""
    return Prepared(LanguageTraining(spec, teacher_weights()), None, {"teacher_sha256": manifest()["sha256"]})
