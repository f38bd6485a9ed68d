"""The questions as flashcards for Anki: a text file that it imports, and that updates the same cards the next time.

The format: https://docs.ankiweb.net/importing/text-files.html. A card's id is the first place of its question, so
that one that was changed or moved keeps what Anki knows of it.
"""

from functools import partial

from app.teaching.export.elsewhere import QuestionsByLesson, converted
from app.teaching.lessons import Lesson
from app.teaching.markup import html_of
from app.teaching.variants import Variant

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


def deck(by_lesson: QuestionsByLesson) -> str:
    """The file. A question that no card can ask is named in a comment."""
    cards: list[str] = []
    left_out: list[str] = []
    for lesson, questions in by_lesson:
        rows = converted(lesson, questions, partial(_row, lesson))
        cards += ["\t".join(map(_quoted, row)) for row in rows.values()]
        left_out += [LEFT_OUT.format(name=f"{lesson.id}/{id_}") for id_ in questions if id_ not in rows]
    return "\n".join((*HEADER, *left_out, *cards)) + "\n"


def _row(lesson: Lesson, asked: Variant) -> tuple[str, str, str, str] | None:
    """guid, front, back and tags."""
    question = asked.question
    card = question.to_anki(asked)
    if card is None:
        return None
    front = html_of(asked.text(question.stem)) + card.front
    back = f"{card.back}<br><br>{html_of(asked.text(question.explain))}"
    tags = f"distillery distillery::{lesson.id} distillery::{lesson.id}::{question.objective}"
    return f"distillery/{lesson.first_place(question.id)}", front, back, tags


def _quoted(field: str) -> str:
    """A field as it may stand between tabs: quoted, since HTML has quotes of its own."""
    return '"' + " ".join(field.split()).replace('"', '""') + '"'
