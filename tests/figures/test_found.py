"""A new figure is a folder and nothing else: a made-up one is found, mounted, set by phrases, and held by a link."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import app.figures
from app.components import mount as mounting
from app.components import scripts
from app.teaching import lessons as reading
from app.teaching.figures import figures, hand_in
from app.teaching.lint import faults
from app.views.class_link import FIXED, link
from app.views.lesson_state import open_address
from tests.figures.staged import opened
from tests.teaching.test_lessons import GOOD
from tests.views.conftest import sent, words
from tests.waiting import PATIENCE

FIGURE = '''
"""A coin that is tossed."""

from app.components.mount import mount
from app.teaching.figures import Figure, Options, Setting


class CoinOptions(Options):
    """tosses: at first."""

    tosses: int = 3


def show(options, stage, key):
    """Mount it."""
    mount("made_up_coin", {"tosses": stage.held("tosses", options["tosses"])}, key)


FIGURE = Figure(
    "a coin",
    CoinOptions,
    show,
    settings=(Setting("tosses", "how often it is tossed", 1, 100, former="throws"),),
    lights=frozenset({"heads"}),
)
'''


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder as somebody would drop it into app/figures."""
    folder = tmp_path / "made_up_coin"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "figure.py").write_text(FIGURE, encoding="utf-8")
    (folder / "figure.html").write_text('<div class="distillery coin">a coin</div>', encoding="utf-8")
    (folder / "figure.js").write_text('import { Figure } from "../../components/js/component.js"\n', encoding="utf-8")
    monkeypatch.setattr(app.figures, "__path__", [*app.figures.__path__, str(tmp_path)])
    monkeypatch.setattr(scripts, "ROOMS", scripts.ROOMS | {"figures": tmp_path})
    hand_in(app.figures.find())
    yield
    monkeypatch.undo()
    mounting._declared.cache_clear()
    hand_in(app.figures.find())


@pytest.mark.usefixtures("made_up", "store")
def test_a_folder_is_a_figure() -> None:
    assert "made-up-coin" in figures() and "twins" in figures()
    page = opened("made-up-coin", {"tosses": 7})
    data = sent(page, "made_up_coin")
    assert data["tosses"] == 7 and data["api"] == "/api"
    assert data["module"].startswith("/api/js/") and data["module"].endswith("/figures/made_up_coin/figure.js")
    assert "figures/made_up_coin/figure.js" in scripts.contents()


@pytest.mark.usefixtures("made_up")
def test_lessons_phrases_and_links_know_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "lessons" / "09_example"
    place.mkdir(parents=True)
    says = "[7 times](set:tosses=7), [heads](light:heads)"
    step = f"\n## A coin {{#coin objective=soften}}\n\n{says}\n\n:::figure made-up-coin\n"
    assert GOOD.count("\n## Core ideas") == 1
    (place / "lesson.md").write_text(GOOD.replace("\n## Core ideas", f"{step}\n## Core ideas"), encoding="utf-8")
    monkeypatch.setattr(reading, "folder", lambda: tmp_path / "lessons")
    about = [fault for fault in faults(place) if "coin" in fault]
    assert about == []
    (place / "lesson.md").write_text(
        (place / "lesson.md").read_text("utf-8").replace("tosses=7", "tosses=700"), encoding="utf-8"
    )
    assert any("it must be a number from 1 to 100" in fault for fault in faults(place))
    built = link("example", "coin", {"tosses": (FIXED, "9")})
    tab = open_address(dict(parse_qsl(urlsplit(built).query)))
    assert tab.problems == [] and (tab.given, tab.fixed) == ({"tosses": "9"}, frozenset({"tosses"}))
    older = open_address({"lesson": "example", "step": "coin", "throws": "9", "hide": "throws"})
    assert older.problems == [] and (older.given, older.hidden) == ({"tosses": "9"}, frozenset({"tosses"}))


@pytest.mark.usefixtures("store")
def test_components_are_declared_when_first_used_also_by_many_at_once_and_for_another_server() -> None:
    mounting._declared.cache_clear()
    together = threading.Barrier(8)

    def declare(_visitor: int) -> Any:
        together.wait(PATIENCE)
        return mounting._declared("microscope")

    with ThreadPoolExecutor(8) as visitors:
        assert all(callable(mount) for mount in visitors.map(declare, range(8)))
    for _server in range(2):  # each page of a test has a Streamlit of its own
        page = opened("microscope", {"image": 8})
        assert sent(page, "microscope")["squared"] and not words(page)
