"""What a figure of the lab speaks about: a run's students, if there are any, and their teacher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.catalog.declared import Arm


@dataclass(frozen=True)
class Subject:
    """run_id: the run whose students answer, if any; answered: whether they have done so yet; arms: how they were
    trained.
    """

    data: str
    teacher: str
    run_id: str | None
    answered: bool
    arms: Sequence[Arm]
    temperature: float
