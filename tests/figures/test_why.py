"""The figures of why anybody cares: networks to scale, what fits, and who has published what."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from app.teaching import plain
from app.teaching import published as reading
from app.teaching.checks.published import memory_gb, published_number
from app.teaching.checks.runs import run_kept
from app.teaching.plain import LessonError
from app.teaching.published import published
from tests.figures.staged import opened
from tests.views.conftest import sent

pytestmark = pytest.mark.usefixtures("store")
GOOD = """
one:
  where: Somewhere
  says: "A student keeps {kept}%."
  numbers: {kept: 97}
  source: {text: "Somebody 2020", url: "https://example.org"}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of published distillations, with one."""
    path = tmp_path / "published.yaml"
    path.write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(reading, "file", lambda: path)
    return path


def test_each_case_names_its_source_and_the_figure_shows_it() -> None:
    html = sent(opened("cases"), "prose")["html"]
    assert html.count("<li>") == len(published())
    assert all(f'href="{one.source.url}"' in html for one in published().values())
    assert "<details>" not in html
    first = sent(opened("cases", {"first": "distilbert"}), "prose")["html"]
    alone, others = first.split("<details>")
    assert alone.count("<li>") == 1 and f"{len(published()) - 1} others" in others
    assert all(f"<b>{words}</b>" in alone for words in ("110", "66", "79.5", "77")) and "width:60.0%" in alone
    chosen = sent(opened("cases", {"only": ("distilbert", "nobody")}), "prose")["html"]
    assert chosen.count("<li>") == 1 and "97%" in chosen


def test_numbers_of_cases_are_claims() -> None:
    assert published_number("distilbert", "kept") == 97
    with pytest.raises(ValueError, match="say one of smaller, faster, kept, teacher, student, start, answers"):
        published_number("distilbert", "price")
    assert [memory_gb(*model) for model in ((70, 16), (70, 4), (8, 16), (8, 4))] == [140, 35, 16, 4]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{kept}%", "{share}%", "there is no number 'share'"),
        ("https://example.org", "", "say where it can be read"),
        ("  where: Somewhere\n", "", "the field “where” is missing"),
        ("numbers: {kept: 97}", "numbers: {}", "numbers"),
    ],
)
def test_a_case_that_cannot_be_told_is_refused(file: Path, old: str, new: str, said: str) -> None:
    assert list(published()) == ["one"]
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(LessonError, match=said):
        plain._entries(reading.Published, file, 0)


def test_without_the_file_the_figures_show_what_is_there(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.unlink()
    with caplog.at_level(logging.WARNING):
        assert not opened("cases").get("bidi_component")
        assert len(sent(opened("to-scale", {"others": True}), "to_scale")["pairs"]) == 1
    assert "put it back into lessons/" in caplog.text


def test_a_figure_in_a_lesson_shows_our_own_networks_alone_and_what_they_do() -> None:
    ours, work = sent(opened("to-scale"), "to_scale")["pairs"]
    assert ours["teacher"]["numbers"] > 30 * ours["student"]["numbers"] and "counts" not in ours
    assert work["teacher"]["numbers"] > 170 * work["student"]["numbers"] and work["counts"] == "multiply–adds"
    assert sent(opened("fits", {"memory": 24}), "fits")["memory"] == 24


def test_what_students_keep_stands_beside_the_whole_of_each_teacher() -> None:
    runs = ("recorded-mnist-kd", "recorded-cifar10-kd", "recorded-nothing")
    html = sent(opened("bars", {"kept": runs}), "prose")["html"]
    shares = [run_kept(run, "distilled") for run in runs[:2]]
    assert html.count("<li") == 3 and all(f"width:{share:.1f}%" in html for share in (100, *shares))
    assert "small photographs" in html
