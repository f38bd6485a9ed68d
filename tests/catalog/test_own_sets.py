"""Names from strangers, as text that means nothing anywhere."""

from __future__ import annotations

import csv
import html
import io
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.catalog.own_sets import MEANINGFUL, harmless
from app.images.sources import class_name

ODD = (
    *(
        "=1+1",
        "$x_1$ and $y$",
        "**bold** [link](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        ":red[x] :gear:",
    ),
    *("CON", "-5", "- 5", "+", "-", "1. one", "1) one", "# head", "a--b -> c", "&lt;", "www.example.org", "a@b.c"),
    *(
        "![x](http://y)",
        "~~no~~",
        "`code`",
        "| a | b |",
        "\\(x\\)",
        "חתולים",
        "قطط",
        "🍎🍏",
        "a\u202egnp.b",
        "_a_",
        "'=x",
    ),
)
NAMES = st.one_of(st.sampled_from(ODD), st.text(alphabet=MEANINGFUL + "-+&.ab1 חé", min_size=1, max_size=12), st.text())
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@given(NAMES)
def test_a_name_is_text_in_markdown_html_formulas_and_spreadsheets(raw: str) -> None:
    name = class_name(raw)
    said = harmless(name)
    assert MARKDOWN.render(said) == f"<p>{said.strip()}</p>\n", "no markup, no entity"
    assert html.escape(said, quote=False) == said and not set(said) & set(MEANINGFUL)
    assert said[:1] not in ("=", "+", "-", "@", "\t")
    file = io.StringIO()
    csv.writer(file).writerow([said, "next"])
    assert next(csv.reader(io.StringIO(file.getvalue()))) == [said, "next"]
    assert unicodedata.normalize("NFKC", harmless("a.b")) == "a.b", "it looks as it was written"


@given(NAMES, NAMES)
def test_different_names_stay_different(one: str, other: str) -> None:
    names = class_name(one), class_name(other)
    assert (harmless(names[0]) == harmless(names[1])) == (names[0] == names[1])


@given(NAMES)
def test_what_runs_to_the_left_turns_no_neighbour_around(raw: str) -> None:
    said = harmless(class_name(raw))
    leftward = any(unicodedata.bidirectional(char) in ("R", "AL") for char in said)
    assert (said[0] == "\u2068" and said[-1] == "\u2069") == leftward


def test_plain_names_stay_as_they_are() -> None:
    for name in ("cats", "Äpfel (rot)", "3", "half-open", "a/b", "rock & roll".replace("&", "and")):
        assert harmless(name) == name
