"""The questions for a lecturer's own Moodle: a file in its GIFT format, which many other programs read, too.

The format: https://docs.moodle.org/en/GIFT_format. Knows no page and no learner.
"""

from __future__ import annotations

import logging
import re

from app.teaching.bug_questions import hunted
from app.teaching.export.elsewhere import Asking, diagnosis_html, html_of
from app.teaching.grading import answer_to, correct_options
from app.teaching.lessons import Lesson
from app.teaching.plain import ClaimError
from app.teaching.questions import Asked, BugHunt, Choosing, Multiple, Numeric, Order
from app.teaching.variants import Variant, variant

ABOUT = (
    "// Questions of Distillery, for Moodle: Question bank, Import, GIFT format.",
    "// Maths stands in \\( \\), which Moodle's MathJax filter shows. Numbers are those of a question's first variant.",
)
LEFT_OUT = "// Left out, since GIFT cannot ask it: {name} ({kind})"
_SPECIAL = re.compile(r"([\\~=#{}:])")


def gift(asking: Asking) -> str:
    """The file. A question that GIFT cannot ask is named in a comment."""
    left: list[str] = []
    blocks: list[str] = []
    for lesson, known in asking:
        asked = {id_: _question(lesson, one) for id_, one in known.items()}
        if any(asked.values()):
            blocks.append(f"$CATEGORY: $course$/top/Distillery/{lesson.number} {lesson.title.replace('/', ' ')}")
        blocks += [block for block in asked.values() if block]
        left += [
            LEFT_OUT.format(name=f"{lesson.id}/{id_}", kind=getattr(known[id_], "kind", "of another kind"))
            for id_, block in asked.items()
            if not block
        ]
    return "\n\n".join(("\n".join((*ABOUT, *left)), *blocks)) + "\n"


def _question(lesson: Lesson, known: Asked) -> str:
    """A block, "" where GIFT cannot ask this or its key cannot be computed, which the log says."""
    asked = variant(known)
    try:
        answers, general = _answers(asked)
        if not answers:
            return ""
        head = f"// version {known.v}; {lesson.title}, {known.tests}; objective: {known.objective}"
        stem = f"::{escaped(f'{lesson.id}/{known.id}')}::[html]{_said(asked, known.stem)}"
        if isinstance(known, BugHunt):
            stem += escaped(diagnosis_html(hunted(asked).rows))
        return "\n".join((head, f"{stem} {{{answers[0]}", *answers[1:], f"####{_said(asked, general)}", "}"))
    except ClaimError as error:
        logging.getLogger(__name__).warning("no GIFT for %s/%s: %s", lesson.id, known.id, error)
        return ""


def _answers(asked: Variant) -> tuple[list[str], str]:
    """(lines between the braces, what is said at the end); no lines where GIFT cannot say it. Raises ClaimError."""
    known = asked.question
    match known:
        case Choosing():
            right = correct_options(known, asked)
            shares = (100 / len(right), -100 / len(right)) if isinstance(known, Multiple) else None
            lines = [
                f"{_sign(option.id in right, shares)}{_said(asked, option.text)}#{_said(asked, option.feedback)}"
                for option in known.options
            ]
            return ["", *lines], known.explain
        case Numeric():
            key = f"={answer_to(asked):.6g}:{known.within:g}#{_said(asked, known.right)}"
            traps = [
                f"=%0%{asked.value(trap.value):.6g}:{known.within:g}#{_said(asked, trap.feedback)}"
                for trap in known.traps
            ]
            return ["#", key, *traps], f"{known.wrong} {known.explain}"
        case Order():
            lines = [f"={_said(asked, item.text)} -> {place}" for place, item in enumerate(known.items, start=1)]
            return ["", *lines], f"{known.wrong} {known.explain}"
        case BugHunt():
            bug = hunted(asked)
            lines = [
                f"{_sign(id_ == bug.key, None)}{escaped(html_of(bug.title(id_)))}#{escaped(html_of(bug.said(id_)))}"
                for id_ in bug.options
            ]
            return ["", *lines], known.explain
    return [], ""


def _sign(right: bool, shares: tuple[float, float] | None) -> str:
    """Before an option: = and ~ where one is right; a share of the credit where several may be."""
    if shares is None:
        return "=" if right else "~"
    return f"~%{shares[0] if right else shares[1]:.7g}%"


def _said(asked: Variant, words: str) -> str:
    return escaped(html_of(asked.text(words)))


def escaped(text: str) -> str:
    """Text in which nothing means anything to GIFT."""
    return _SPECIAL.sub(r"\\\1", text)
