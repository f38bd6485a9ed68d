"""The questions for a lecturer's own Moodle: a file in its GIFT format, which many other programs read, too.

The format: https://docs.moodle.org/en/GIFT_format.
"""

from functools import partial

from app.teaching.export.elsewhere import QuestionsByLesson, converted
from app.teaching.lessons import Lesson
from app.teaching.markup import escaped, html_of
from app.teaching.variants import Variant

ABOUT = (
    "// Questions of Distillery, for Moodle: Question bank, Import, GIFT format.",
    "// Maths stands in \\( \\), which Moodle's MathJax filter shows. Numbers are those of a question's first variant.",
)
LEFT_OUT = "// Left out, since GIFT cannot ask it: {name} ({kind})"


def gift(by_lesson: QuestionsByLesson) -> str:
    """The file. A question that GIFT cannot ask is named in a comment."""
    left_out: list[str] = []
    blocks: list[str] = []
    for lesson, questions in by_lesson:
        asked = converted(lesson, questions, partial(_block, lesson))
        if asked:
            blocks.append(f"$CATEGORY: $course$/top/Distillery/{lesson.place} {lesson.title.replace('/', ' ')}")
        blocks += asked.values()
        left_out += [
            LEFT_OUT.format(name=f"{lesson.id}/{id_}", kind=question.kind)
            for id_, question in questions.items()
            if id_ not in asked
        ]
    return "\n\n".join(("\n".join((*ABOUT, *left_out)), *blocks)) + "\n"


def _block(lesson: Lesson, asked: Variant) -> str | None:
    question = asked.question
    answers = question.to_gift(asked)
    if answers is None:
        return None

    def said(words: str) -> str:
        return escaped(html_of(asked.text(words)))

    head = f"// version {question.v}; {lesson.title}, {question.tests}; objective: {question.objective}"
    name = escaped(f"{lesson.id}/{question.id}")
    stem = f"::{name}::[html]{said(question.stem)}{escaped(answers.below)} {{{answers.opening}"
    return "\n".join((head, stem, *answers.lines, f"####{said(answers.feedback)}", "}"))
