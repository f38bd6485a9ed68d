"""From a lesson's markdown to HTML whose phrases, terms and roles can act.

Links have schemes: `role:teacher`, `term:logits`, `set:temperature=4&image=8`, `light:T`, `claim:p4`, `lesson:id`, and
https. `[@source]` is a superscript link to a source. Dollars hold maths, which becomes MathML. HTML is shown as text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import takewhile
from typing import Any
from urllib.parse import quote, unquote

from latex2mathml import exceptions
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

ROLES = ("teacher", "distilled", "labels")
SCHEMES = ("role", "term", "set", "light", "claim", "lesson", "https")
CITED = re.compile(r"\[@([a-z][a-z0-9-]*)\]")
NAMES = re.compile(r"\b[A-Za-z]{2,}-?\d+\b")  # CIFAR-10, int8: a digit that is part of a name
DIGITS = re.compile(r"\S*[0-9]\S*")
# A browser may break a line beside a button or a formula, even before a comma: both stay with what touches them.
_BREAKS = re.compile(
    r'(?<![^\s<>])([^\s<>]*)(<(math|button|span|a|b|em|strong)\b(?![^>]*display="block")[^>]*>(?:(?!</\3>).)*</\3>)'
    r"((?:<sup>(?:(?!</sup>).)*</sup>|[^\s<])*)",
    re.S,
)

# Without a maths font a browser lifts a power off its line; the raised digits of text stand well in every font.
_POWER = re.compile(r"<msup>(<m[in]>[^<]*</m[in]>)(?:<mrow>)?<mn>(\d+)</mn>(?:</mrow>)?</msup>")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

_UNREADABLE: tuple[type[Exception], ...] = (
    *(one for one in vars(exceptions).values() if isinstance(one, type) and issubclass(one, Exception)),
    ValueError,
    IndexError,
    KeyError,
)


@dataclass(frozen=True)
class Reference:
    """Something that prose names. scheme: one of `SCHEMES`, "cite" or "image"; words: what is read there, or its alt
    text; line: counted from the first line of the prose, which is 0.
    """

    scheme: str
    target: str
    words: str
    line: int


@dataclass(frozen=True)
class Prose:
    """A piece of markdown, read. text: as it is read; bare: numbers outside of claims, maths and phrases,
    with their lines; troubles: what cannot be shown, with lines.
    """

    html: str
    text: str
    references: tuple[Reference, ...]
    bare: tuple[tuple[int, str], ...]
    troubles: tuple[tuple[int, str], ...]


def prose(markdown: str, *, sources: Sequence[str] = (), pictures: Mapping[str, str] | None = None) -> Prose:
    """Read a piece of markdown. sources: their keys, in the order in which they are numbered; pictures: file → SVG."""
    return _read(markdown, tuple(sources), tuple((pictures or {}).items()), False)


def phrase(markdown: str) -> Prose:
    """Read words that stand in a line: a prediction's question. Its `text` is what is read."""
    return _read(markdown, (), (), True)


@lru_cache(maxsize=1024)
def _read(markdown: str, sources: tuple[str, ...], pictures: tuple[tuple[str, str], ...], inline: bool) -> Prose:
    parser, about = _parser(), {"sources": sources, "pictures": dict(pictures)}
    tokens = parser.parseInline(markdown, about) if inline else parser.parse(markdown, about)
    html = _BREAKS.sub(_joined, parser.renderer.render(tokens, parser.options, about))
    pieces = [piece for token in tokens for piece in _pieces(token)]
    read = " ".join(_words(token) for token in tokens if token.type in ("inline", "math_block", "fence", "code_block"))
    return Prose(
        html,
        re.sub(r"\s+(?=[.,;:?])", "", " ".join(read.split())),
        tuple(piece for piece in pieces if isinstance(piece, Reference)),
        tuple(piece[1:] for piece in pieces if isinstance(piece, tuple) and piece[0] == "bare"),
        tuple(piece[1:] for piece in pieces if isinstance(piece, tuple) and piece[0] == "trouble"),
    )


def _joined(match: re.Match[str]) -> str:
    before, element, _tag, after = match.groups()
    breaks = "<math" in element or "<button" in element
    return f'<span class="joined">{match[0]}</span>' if breaks and (before or after) else match[0]


def _pieces(token: Token) -> Iterator[Reference | tuple[str, int, str]]:
    """The names of one block, its numbers outside of claims, and its faults."""
    line = token.map[0] if token.map else 0
    if token.type in ("fence", "code_block"):
        yield from _bare(token.content, line)
    if token.type == "math_block" and not mathml(token.content, "block"):
        yield "trouble", line, f"the maths ${token.content.strip()}$ cannot be read: write it in LaTeX"
    link: tuple[str, str] | None = None
    words = loose = ""
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            yield from _bare(loose, line)
            line, loose = line + 1, ""
        elif child.type == "link_open":
            link, words = scheme_of(str(child.attrs["href"])), ""
        elif child.type == "link_close":
            assert link is not None
            if link[0] not in SCHEMES:
                yield (
                    "trouble",
                    line,
                    f"a link to “{link[0]}:{link[1]}”: it must begin with one of {', '.join(SCHEMES)}",
                )
            yield Reference(*link, words, line)
            if link[0] not in ("claim", "set"):
                loose += words
            link = None
        elif child.type == "cite":
            yield Reference("cite", child.content, "", line)
        elif child.type == "image":
            yield Reference("image", unquote(str(child.attrs["src"])), child.content, line)
            loose += f" {child.content}"
        elif child.type == "math_inline":
            if not mathml(child.content, "inline"):
                yield "trouble", line, f"the maths ${child.content}$ cannot be read: write it in LaTeX"
            words += child.content
        elif child.type in ("text", "code_inline"):
            if link:
                words += child.content
            else:
                loose += child.content
    yield from _bare(loose, line)


def _bare(text: str, line: int) -> Iterator[tuple[str, int, str]]:
    for hit in DIGITS.finditer(NAMES.sub("", text)):
        yield "bare", line, hit[0]


def _words(token: Token) -> str:
    if not token.children:
        return token.content
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in token.children
        if child.type not in ("cite", "image")
    )


def scheme_of(address: str) -> tuple[str, str]:
    """("set", "temperature=4") of a link's address; the scheme is "" if it has none."""
    scheme, colon, target = address.partition(":")
    return (scheme, unquote(target)) if colon else ("", unquote(address))


def settings_of(target: str) -> dict[str, str]:
    """The keys and values of a `set:` phrase: "temperature=4&image=8"."""
    return {key: value for key, _equals, value in (part.partition("=") for part in target.split("&"))}


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, allow_blank_lines=False)
    parser.inline.ruler.before("link", "cite", _cite)
    for name, rule in (
        ("cite", _render_cite),
        ("link_open", _render_link),
        ("link_close", _render_link),
        ("image", _render_image),
        ("math_inline", _render_maths),
        ("math_block", _render_maths),
    ):
        parser.add_render_rule(name, rule)
    return parser


def _cite(state: StateInline, silent: bool) -> bool:
    """`[@hinton2015]`, whose number stands close to what it is said of."""
    match = CITED.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("cite", "", 0).content = match[1]
    state.pos = match.end()
    return True


def _render_cite(_self: Any, tokens: Sequence[Token], index: int, _options: Any, about: Any) -> str:
    name = tokens[index].content
    number = about["sources"].index(name) + 1 if name in about["sources"] else "?"
    return f'<sup><a class="cite" href="#source-{escape(name)}" aria-label="Source {number}">{number}</a></sup>'


_TAGS = {"role": "b", "term": "button", "set": "button", "light": "span", "claim": "span"}


def _render_link(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _about: Any) -> str:
    token = tokens[index]
    if token.type == "link_close":
        opened = next(one for one in reversed(tokens[:index]) if one.type == "link_open")  # links never nest
        return f"</{_TAGS.get(scheme_of(str(opened.attrs['href']))[0], 'a')}>"
    scheme, target = scheme_of(str(token.attrs["href"]))
    value = escape(target)
    match scheme:
        case "role":
            return f'<b class="{value}">'
        case "term":
            return f'<button type="button" class="term" data-term="{value}">'
        case "set":
            return f'<button type="button" class="phrase" data-set="{value}"{_name_of_maths(tokens, index)}>'
        case "light":
            return f'<span class="light" tabindex="0" data-light="{value}">'
        case "claim":
            return '<span class="claim">'
        case "lesson":
            lesson, _hash, step = target.partition("#")
            query = f"lesson={quote(lesson)}" + (f"&step={quote(step)}" if step else "")
            return f'<a class="lesson" href="lesson?{escape(query)}">'
        case "https":
            return f'<a href="{escape(str(token.attrs["href"]))}" target="_blank" rel="noopener">'
        case _:
            return "<a>"


def _name_of_maths(tokens: Sequence[Token], index: int) -> str:
    """The name of a button that holds maths, which has none by itself: "alpha = 1" for $\\alpha = 1$."""
    inside = list(takewhile(lambda token: token.type != "link_close", tokens[index + 1 :]))
    if not any(token.type == "math_inline" for token in inside):
        return ""
    return f' aria-label="{escape("".join(token.content for token in inside).replace(chr(92), ""))}"'


def _render_image(_self: Any, tokens: Sequence[Token], index: int, _options: Any, about: Any) -> str:
    """The SVG itself, so that it wears the page's colours."""
    svg = about["pictures"].get(unquote(str(tokens[index].attrs["src"])), "")
    return f'<span class="picture" role="img" aria-label="{escape(tokens[index].content)}">{svg}</span>'


def _render_maths(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _about: Any) -> str:
    token = tokens[index]
    display = "block" if token.type == "math_block" else "inline"
    return mathml(token.content, display) or f"<code>{escape(token.content)}</code>"


@lru_cache(maxsize=512)
def mathml(latex: str, display: str) -> str:
    """A formula as MathML; "" if the LaTeX cannot be read. display: block or inline."""
    try:
        mathml = convert(latex.strip(), display=display)
    except _UNREADABLE:
        return ""
    if "\\" in mathml:  # a command that it does not know stays as it was
        return ""
    return _POWER.sub(lambda found: f"<mrow>{found[1]}<mtext>{found[2].translate(_RAISED)}</mtext></mrow>", mathml)
