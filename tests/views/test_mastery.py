"""How far a learner is, on the page of progress: every objective in words, what is due, links that lead there."""

from __future__ import annotations

import re
import time
from urllib.parse import parse_qs, urlsplit

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.store import Answer, Store
from app.teaching.learner_progress import bank
from app.teaching.lessons import lessons
from app.teaching.questions import questions_of
from app.teaching.spaced_repetition import DAY
from app.views import mastery
from tests.views.conftest import ME, lab_page, words

LESSON = lessons()["temperature"]


def html() -> tuple[AppTest, str]:
    """The page, and its own HTML."""
    page = lab_page()
    page._page_hash = calc_hash("progress")
    page.run()
    assert not page.exception
    return page, "".join(part.proto.body for part in page.get("html") if "<section" in part.proto.body)


def ways(page: AppTest) -> list[str]:
    """What the links say that lead on from here."""
    labels = [link.proto.label for link in page.get("page_link")]
    return [re.sub(r"^:yellow\[\*\*(.*)\*\*\]$", r"\1", label) for label in labels[labels.index("About") + 1 :]]


def answer_all(store: Store, days: float, score: float = 1.0) -> None:
    """Let the learner have answered the lesson's quiz some days ago."""
    at = time.time() - days * DAY
    for id_, asked in questions_of(LESSON.path.parent).items():
        store.answers.add(ME, Answer(f"{id_}-{days}", LESSON.id, id_, asked.v, 0, '"x"', score, "think", at))


def test_every_objective_of_every_lesson_with_questions_is_there(store: Store, learner: str) -> None:
    page, body = html()
    assert mastery.NOTHING in words(page) and ways(page) == ["Start the course"]
    for lesson in {key[0]: lessons()[key[0]] for key in bank(lessons().values())}.values():
        assert lesson.title in body
        assert all(said in body.replace("&#x27;", "'") for said in lesson.objectives.values())
    assert "not asked yet" not in body and "<details open>" not in body, "nothing is begun: one line for each lesson"
    counts = [int(count) for count in re.findall(r"(\d+) questions", body)]
    assert sum(counts) == len(bank(lessons().values())) and f"and {sum(counts)} questions, none" in words(page)


def test_links_lead_to_steps_that_are_there(store: Store, learner: str) -> None:
    _, body = html()
    links = re.findall(r'href="([^"]+)"', body)
    assert links
    for link in links:
        query = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
        assert lessons()[query["lesson"][0]].section(query["step"][0])


def test_what_is_secure_and_what_is_due_is_said(store: Store, learner: str) -> None:
    answer_all(store, 40)
    answer_all(store, 20)
    page, body = html()
    count = len(LESSON.objectives)
    assert body.count("</span>secure</span>") == count
    assert f"met {count} of " in words(page) and f"{count} of them securely." in words(page)
    assert body.count("data-secure") == 1 and "<details open>" not in body, "what is secure is folded"
    answer_all(store, 1, score=0)
    _, later = html()
    assert later.count("</span>secure</span>") == 0, "and what is forgotten is so no longer"
    assert later.count("<details open>") == 1


def test_wrong_answers_of_yesterday_are_due(store: Store, learner: str) -> None:
    answer_all(store, 2, score=0)
    page, body = html()
    asked = questions_of(LESSON.path.parent)
    assert sum(int(number) for number in re.findall(r'class="due">(\d+) due</span></li>', body)) == len(asked)
    assert f"**{len(asked)} questions come back today**" in words(page)
    assert ways(page) == ["Review them now", "Start the course"]


def test_where_nothing_is_due_the_next_lesson_comes_first(store: Store, learner: str) -> None:
    answer_all(store, 0.1)
    for section in LESSON.sections[:-1]:
        store.lessons.note_step(ME, LESSON.id, section.id)
    page, _ = html()
    assert f"{mastery.NO_MORE} The next question comes back" in words(page)
    assert ways(page) == [f"Continue: {LESSON.title}"] and "step=quiz" in page.get("page_link")[-1].proto.query_string
    for lesson in lessons().values():
        for section in lesson.sections:
            store.lessons.note_step(ME, lesson.id, section.id)
    assert ways(html()[0]) == ["Practise freely", mastery.LOOK_BACK]
