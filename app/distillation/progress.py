"""The course of a training: updates, and evaluations where they are due."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar


class Diverged(Exception):
    """A loss is no finite number any more. The message is a sentence for the page."""


Evaluation = TypeVar("Evaluation", covariant=True)


class Stepwise(Protocol[Evaluation]):
    """What `train` needs of a training."""

    @property
    def updates(self) -> int:
        """How many there are in all."""

    @property
    def update(self) -> int:
        """How many have been made: 0 … updates."""

    def step(self) -> Mapping[str, Any]:
        """Make one update of every student; parts of their losses, each (arms, seeds)."""

    def due(self) -> bool:
        """True if an evaluation belongs at the present update."""

    def evaluate(self) -> Evaluation:
        """Measure every student as it is."""


@dataclass(frozen=True)
class Update:
    """One update has been made."""

    update: int  # 1 …
    losses: Mapping[str, Any]  # "hard", "soft", "total" → (arms, seeds), on the batch, before the update


def train(training: Stepwise[Evaluation], ends: Callable[[], bool] = lambda: False) -> Iterator[Update | Evaluation]:
    """Train, yielding an Update after every update and an evaluation at the start and whenever one is due.

    ends: asked before every update; True ends the training there. Its last state is evaluated in any case. A training
    that goes on from an earlier end was evaluated there and is not evaluated again.
    """
    evaluated = training.update
    if not training.update:
        yield training.evaluate()
    while training.update < training.updates and not ends():
        losses = training.step()
        yield Update(training.update, losses)
        if training.due():
            yield training.evaluate()
            evaluated = training.update
    if evaluated != training.update:
        yield training.evaluate()
