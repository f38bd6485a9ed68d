"""What a number of questions a day comes to with teacher and student: time and money, from measured times; or after how
long that has paid for their training.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import Field

from app.components.mount import mount
from app.experiments.costs import invested
from app.experiments.recordings import runs as recorded
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting


class QueriesOptions(Options):
    """run: the recorded one; watts: of a busy core; price: of a kWh, in `currency`; per_day: where the dial begins;
    paid: when the training has been paid for, and not what a day costs.
    """

    run: str
    watts: float = Field(gt=0)
    price: float = Field(gt=0)
    currency: str
    per_day: int = Field(1_000_000, ge=1, le=10**9)
    paid: bool = False


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    run = recorded.recorded_runs().get(str(options["run"]))
    if run:
        given = {name: options[name] for name in ("run", "watts", "price", "currency", "per_day", "paid")}
        mount("queries", {**given, "invested": asdict(invested(run))}, key)


FIGURE = Figure(
    "what a number of questions a day comes to, in time and money, or when that has paid for the training",
    QueriesOptions,
    show,
    settings=(Setting("questions", "questions a day", 1, 10**9, option="per_day"),),
)
