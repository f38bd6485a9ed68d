"""Words of questions for other programs: HTML without what only our pages can do, with maths as TeX in \\( \\)."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from app.teaching.prose import scheme_of

_GIFT_SIGN = re.compile(r"([\\~=#{}:])")


def html_of(words: str) -> str:
    """Words that stand in a line, as HTML on one line."""
    parser = _parser()
    return " ".join(parser.renderer.render(parser.parseInline(words, {}), parser.options, {}).split())


def list_html(tag: str, items: Sequence[str]) -> str:
    """Items of HTML in a list. tag: ul or ol."""
    return f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>"


def table_html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Plain cells in a table."""
    above = "".join(f"<th>{escape(head)}</th>" for head in heads)
    below = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{above}</tr>{below}</table>"


def escaped(text: str) -> str:
    """Text in which nothing means anything to GIFT."""
    return _GIFT_SIGN.sub(r"\\\1", text)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False})
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, allow_blank_lines=False)
    for name in ("math_inline", "link_open", "link_close"):
        parser.add_render_rule(name, _maths if name == "math_inline" else _link)
    return parser


def _maths(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _about: Any) -> str:
    return rf"\({escape(tokens[index].content, quote=False)}\)"


def _link(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _about: Any) -> str:
    """A link out of the page as it is, a role in bold, the rest as plain words."""
    token = tokens[index]
    opened = next(one for one in reversed(tokens[: index + 1]) if one.type == "link_open")
    address = str(opened.attrs["href"])
    scheme, _ = scheme_of(address)
    if scheme == "https":
        return f'<a href="{escape(address)}">' if token is opened else "</a>"
    if scheme == "role":
        return "<b>" if token is opened else "</b>"
    return ""
