"""The questions as flashcards for Anki: a text file that it imports, and that updates the same cards the next time.

The format: https://docs.ankiweb.net/importing/text-files.html. A card's id is its lesson's and its question's, so that
a changed question keeps what Anki knows of it. Knows no page and no learner.
"""

from __future__ import annotations

import logging

from app.teaching.bug_questions import hunted
from app.teaching.export.elsewhere import Asking, diagnosis_html, html_of
from app.teaching.grading import answer_to, correct_options
from app.teaching.lessons import Lesson
from app.teaching.plain import ClaimError
from app.teaching.questions import Asked, BugHunt, Choosing, Multiple, Numeric, Order
from app.teaching.variants import Variant, in_order_of, variant

HEADER = (
    "#separator:tab",
    "#html:true",
    "#notetype:Basic",
    "#deck:Distillery",
    "#guid column:1",
    "#columns:guid\tFront\tBack\tTags",
    "#tags column:4",
)
LEFT_OUT = "# Left out, since it needs the picture of its lesson: {name}"


def deck(asking: Asking) -> str:
    """The file. A question that no card can ask is named in a comment."""
    cards: list[str] = []
    left: list[str] = []
    for lesson, known in asking:
        for asked in known.values():
            row = _row(lesson, asked)
            if row:
                cards.append("\t".join(map(_plain, row)))
            else:
                left.append(LEFT_OUT.format(name=f"{lesson.id}/{asked.id}"))
    return "\n".join((*HEADER, *left, *cards)) + "\n"


def _row(lesson: Lesson, asked: Asked) -> tuple[str, str, str, str] | None:
    """guid, front, back and tags; None where no card can ask this."""
    try:
        sides = _sides(variant(asked))
    except ClaimError as error:
        logging.getLogger(__name__).warning("no card for %s/%s: %s", lesson.id, asked.id, error)
        return None
    tags = f"distillery distillery::{lesson.id} distillery::{lesson.id}::{asked.objective}"
    return (f"distillery/{lesson.id}/{asked.id}", *sides, tags) if sides else None


def _sides(asked: Variant) -> tuple[str, str] | None:
    """Front and back of a card. Raises ClaimError."""
    known = asked.question
    stem, why = _said(asked, known.stem), f"<br><br>{_said(asked, known.explain)}"
    match known:
        case Choosing():
            right = correct_options(known, asked)
            options = {option.id: option for option in known.options}
            listed = [_said(asked, options[id_].text) for id_ in in_order_of("", known, list(options))]
            front = f"{stem}{' (One or more.)' if isinstance(known, Multiple) else ''}{_list('ul', listed)}"
            said = [
                f"<b>{_said(asked, option.text)}</b>. {_said(asked, option.feedback)}"
                for option in known.options
                if option.id in right
            ]
            return front, f"{said[0] if len(said) == 1 else _list('ul', said)}{why}"
        case Numeric():
            number = f"{answer_to(asked):.3g}".replace("-", "−")
            unit = f"{'' if known.unit == '%' else ' '}{_said(asked, known.unit)}" if known.unit else ""
            return stem, f"<b>{number}{unit}</b>. {_said(asked, known.right)}{why}"
        case Order():
            items = {item.id: _said(asked, item.text) for item in known.items}
            mixed = [items[id_] for id_ in in_order_of("", known, list(items))]
            return f"{stem}{_list('ul', mixed)}", f"{_list('ol', list(items.values()))}{why}"
        case BugHunt():
            bug = hunted(asked)
            listed = [html_of(bug.title(id_)) for id_ in in_order_of("", known, bug.options)]
            front = f"{stem}{diagnosis_html(bug.rows)}{_list('ul', listed)}"
            return front, f"<b>{html_of(bug.title(bug.key))}</b>. {html_of(bug.said(bug.key))}{why}"
    return None


def _said(asked: Variant, words: str) -> str:
    return html_of(asked.text(words))


def _list(tag: str, items: list[str]) -> str:
    return f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>"


def _plain(field: str) -> str:
    """A field as it may stand between tabs: quoted, since HTML has quotes of its own."""
    return '"' + " ".join(field.split()).replace('"', '""') + '"'
