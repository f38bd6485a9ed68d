"""The figures of lesson seven, in every state."""

from __future__ import annotations

import pytest

from tests.figures.staged import opened
from tests.views.conftest import sent


@pytest.mark.parametrize("data", ["mnist", "fashion"])
def test_the_map(data: str) -> None:
    page = opened("tuning", {"data": data})
    assert len(sent(page, "sweep")["links"]) == 36


def test_lab() -> None:
    page = opened("bug-lab", {"cohort": "t8", "bug": "mean"})
    print(page.exception)
    print(sent(page, "bug_lab")["bug"])


def test_which() -> None:
    page = opened("which-bug", {"cohort": "t8"})
    print(page.exception)
    print(len(sent(page, "which_bug")["rounds"]))
