"""The softmax with temperature as a formula, whose numbers come from the figure `softening` beside it."""

from collections.abc import Mapping
from typing import Any

from app.components.mount import mount
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options


def show(_options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    mount("softmax", {}, key)


FIGURE = Figure(
    "the softmax with temperature",
    Options,
    show,
    lights=frozenset({"T", "logits", "top", "v", "sum", "p"}),
    formula=True,
)
