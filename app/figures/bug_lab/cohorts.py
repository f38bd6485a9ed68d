"""The recorded cohorts of the bug lab by name."""

from __future__ import annotations

from typing import Literal, get_args

Cohort = Literal["t8", "t20", "a1"]
COHORTS: tuple[str, ...] = get_args(Cohort)
