"""Words of questions for other programs: HTML without what only our pages can do, with maths as TeX in \\( \\)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from app.teaching.lessons import Lesson, lessons
from app.teaching.prose import scheme_of
from app.teaching.questions import Asked, questions_of

Asking = Sequence[tuple[Lesson, Mapping[str, Asked]]]  # lessons, each with its questions by id


def questions_by_lesson(only: str | None = None) -> Asking:
    """The questions of all lessons, or of the one of that id."""
    found = [lesson for lesson in lessons().values() if only in (None, lesson.id)]
    return [(lesson, questions_of(lesson.path.parent)) for lesson in found]


def html_of(words: str) -> str:
    """Words that stand in a line, as HTML on one line."""
    parser = _parser()
    return " ".join(parser.renderer.render(parser.parseInline(words, {}), parser.options, {}).split())


def diagnosis_html(rows: Sequence[Sequence[str]]) -> str:
    """What a run says about itself, beside its healthy twin: [words, healthy, this run]."""
    listed = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr><th></th><th>healthy</th><th>this run</th></tr>{listed}</table>"


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    found = MarkdownIt("commonmark", {"html": False, "typographer": False})
    found.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, allow_blank_lines=False)
    for name in ("math_inline", "link_open", "link_close"):
        found.add_render_rule(name, _maths if name == "math_inline" else _link)
    return found


def _maths(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _about: Any) -> str:
    return rf"\({escape(tokens[index].content, quote=False)}\)"


def _link(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _about: Any) -> str:
    """What leads out of the page leads there elsewhere, too; a role stays bold; the rest is plain words."""
    token = tokens[index]
    opened = next(one for one in reversed(tokens[: index + 1]) if one.type == "link_open")
    address = str(opened.attrs["href"])
    scheme, _ = scheme_of(address)
    if scheme == "https":
        return f'<a href="{escape(address)}">' if token is opened else "</a>"
    if scheme == "role":
        return "<b>" if token is opened else "</b>"
    return ""
