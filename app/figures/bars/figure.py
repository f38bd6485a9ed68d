"""Bars of teachers and their students: what a student keeps of what its teacher gets right."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from app.catalog.available import data_sets
from app.catalog.rounding import rounded
from app.components.prose import prose
from app.experiments.recordings import runs as recorded
from app.experiments.recordings.runs import RecordedRun
from app.figures.stage import Stage
from app.teaching.checks.runs import run_kept
from app.teaching.figures import Figure, Options

Bar = tuple[str, str, str, float]  # role, whose it is, how long in words, and in percent


class BarsOptions(Options):
    """kept: recorded runs, of which it is shown what their distilled students keep of the teacher's accuracy."""

    kept: tuple[str, ...]


def bars(title: str, rows: Iterable[Bar]) -> str:
    """HTML: a bar to a row."""
    lines = "".join(_bar(*row) for row in rows)
    return f'<div class="bars"><p>{escape(title)}</p><ul>{lines}</ul></div>'


def _bar(role: str, whose: str, words: str, share: float) -> str:
    drawn = f'<div aria-hidden="true"><i style="width:{rounded(share, 1)}%"></i></div>'
    return f'<li class="{role}"><span>{escape(whose)}</span>{drawn}<b>{escape(words)}</b></li>'


def _kept(run: RecordedRun) -> Bar:
    share = run_kept(run.id, "distilled")
    return "distilled", data_sets()[run.spec.data].words, rounded(share, 1), share


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    known = recorded.recorded_runs()
    rows = [_kept(known[id_]) for id_ in options["kept"] if id_ in known]
    teacher: Bar = ("teacher", "each one’s teacher", "100", 100)
    prose(bars("What the student keeps of its teacher’s accuracy, in percent", [teacher, *rows]), {}, key=key)


FIGURE = Figure("what students keep of their teachers’ accuracy, as bars", BarsOptions, show)
