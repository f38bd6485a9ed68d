"""Review: questions that come back when they are about to be forgotten, one at a time, mixed across lessons."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from app.experiments.spec import shown
from app.server import identity
from app.store import Answer, Store, shared
from app.teaching.learner_progress import bank, versions
from app.teaching.lessons import lessons
from app.teaching.question import Question
from app.teaching.review_session import MOST, ReviewSession, review_session, to_practise, to_try, when
from app.teaching.spaced_repetition import SESSION, Card, Key, by_question, cards
from app.teaching.tries import askings, is_settled
from app.views import address, errors, lesson_state, next_step, quiz, routes
from app.views.review_state import REVIEW_STATE, ReviewState, open_address

STYLE = Path(__file__).with_suffix(".css")
LINES = "Questions come back here when you are about to forget them: a few at a time, from all lessons."
NO_COOKIE = (
    "Your browser sends no cookie, so your answers are not kept, and nothing can come back. "
    f"{identity.ALLOW} Lessons and practice work without."
)
TRY = (
    "**You can practise all the same:** one question at a time, and each answer is explained. What you answer is "
    "forgotten when you close or reload the page."
)
UNKEPT = "You practise. Nothing of it is kept, since your browser sends no cookie."
NO_QUESTION = "The address names the question {name}, which no lesson has."
ALL, OF = "All lessons", "practise-of"
NONE_YET = (
    "There is nothing to review yet. What you answer in the quiz of a lesson comes back here after a day or more."
)
NOT_YOURS = "The address names the question {name}, which you have not answered yet: it stands in its lesson."
PRACTISED = (
    "Nothing is due: you are practising, as much as you like. Only your first answer to a question in half a day "
    "decides when it comes back."
)
MISLED = "Last time you were sure of an answer here that was wrong."
WAITING = "What else is due may wait. You lose nothing by leaving it for later."
CHANGED = "This question was changed since you answered it."


@dataclass(frozen=True)
class ReviewVisit:
    """What is drawn. learner: None if the browser sends no cookie; mine: the learner's answers by question; cards:
    what is remembered of each.
    """

    tab: ReviewState
    store: Store
    learner: str | None
    bank: Mapping[Key, Question]
    mine: Mapping[Key, list[Answer]]
    cards: Mapping[Key, Card]
    now: float

    @property
    def session(self) -> ReviewSession:
        """What is asked today."""
        return review_session(self.cards.values(), self.now, self.tab.most, self.tab.put_off)

    @property
    def seat(self) -> quiz.Seat:
        """Where the question that is shown is answered."""
        return _seat(self.tab, self.learner, self.mine.get(self.tab.key, []))


def _seat(tab: ReviewState, learner: str | None, mine: list[Answer]) -> quiz.Seat:
    after = len(mine) if tab.after is None else min(tab.after, len(mine))
    leads_to = tab.question if tab.led else ""
    return quiz.Seat(lessons()[tab.lesson], learner, mine, posed=quiz.Standalone(after, 0, 0, ""), leads_to=leads_to)


@errors.page
def page() -> None:
    """Draw the page and keep the address in step."""
    store = shared()
    tab = address.current(REVIEW_STATE, open_address)
    if (there := address.leave(REVIEW_STATE)) is not None:
        st.switch_page(routes.to("lesson"), query_params=there)
    learner = identity.learner_from(st.context.cookies)
    st.html(STYLE)
    with st.container(key="review"):
        with st.container(key="review-head", gap="xxsmall"):
            st.title("Review", anchor=False)
            st.markdown(LINES)
        visit = _visit(tab, store, learner)
        _choose(visit)
        errors.notice([*tab.sentences, *([] if learner or tab.question else [NO_COOKIE])])
        if tab.question:
            _question(visit)
        elif learner:
            _rest(visit, learner)
        else:
            _try(visit)
    address.write(REVIEW_STATE)


def _visit(tab: ReviewState, store: Store, learner: str | None) -> ReviewVisit:
    known = bank(lessons().values())
    answers = store.answers.of(learner) if learner else tab.answers
    return ReviewVisit(tab, store, learner, known, by_question(answers), cards(answers, versions(known)), time.time())


def _choose(visit: ReviewVisit) -> None:
    """Let the tab show a question: the one that it has, else the next one that is due or practised, else none."""
    tab = visit.tab
    if tab.question and tab.key not in (visit.cards if visit.learner else visit.bank):
        tab.problems.append((NOT_YOURS if visit.learner else NO_QUESTION).format(name=shown(tab.question)))
        tab.clear()
    if tab.question:
        tab.practice |= visit.learner is None
        _, tries = visit.seat.asked(tab.question)
        if not tries or visit.now - tries[-1].at < SESSION:
            tab.after = visit.seat.posed.after if visit.seat.posed else None
            return
        tab.clear()  # it was answered on another day
    if following := _following(visit):
        tab.pose(following, len(visit.mine.get(following, [])))


def _following(visit: ReviewVisit) -> Key | None:
    tab = visit.tab
    if visit.learner is None:
        offered = [key for key in visit.bank if tab.of in ("", key[0])]
        asked = [(one.lesson, one.question) for one in tab.answers]
        return to_try(offered, asked, tab.put_off) if tab.practice else None
    left = visit.session.left
    tab.practice &= not left
    card = left[0] if left else to_practise(visit.cards.values(), tab.put_off) if tab.practice else None
    return card.key if card else None


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────


def _question(visit: ReviewVisit) -> None:
    tab, card = visit.tab, visit.cards.get(visit.tab.key)
    seat = visit.seat
    _, tries = seat.asked(tab.question)
    session = visit.session
    assert seat.posed
    posed = replace(seat.posed, on="Next question" if session.left or tab.practice else "Finish")
    if card and (place := _place(card, session)):
        posed = replace(posed, number=place, of=len(session.done) + len(session.left))
    aim = seat.lesson.objectives.get(visit.bank[tab.key].objective, "")
    with st.container(key="posed", gap="small"):
        if tab.practice:
            st.markdown(PRACTISED if seat.learner else UNKEPT)
        st.markdown(f":violet[{seat.lesson.label} · {seat.lesson.title}]  \n{aim}")
        if not tries and card and (card.misled or card.changed):
            st.markdown(f":violet[{MISLED if card.misled else CHANGED}]")
        on_answer, on_next, on_read = (_press(act, visit.store) for act in (_answer, _next, _read))
        quiz.ask(replace(seat, posed=posed), tab.question, on_answer=on_answer, on_next=on_next, on_read=on_read)
        with st.container(key="posed-ways", horizontal=True, gap="small"):
            if not is_settled(tries):
                st.button("Not this one now", key="put-off", type="tertiary", on_click=_press(_put_off))
            if tab.practice:
                st.button("Enough practice", key="enough", type="tertiary", on_click=_press(_practise, False))


def _place(card: Card, session: ReviewSession) -> int:
    """Which question of the sitting it is, 0 if it is none of them."""
    if card in session.done:
        return session.done.index(card) + 1
    return len(session.done) + 1 if card in session.left else 0


def _rest(visit: ReviewVisit, learner: str) -> None:
    """Nothing is asked: what was done, when the next one comes, and what may be done until then."""
    session = visit.session
    with st.container(key="rest", gap="small"):
        for sentence in rest_words(session, bool(visit.cards), visit.now):
            st.markdown(sentence)
        with st.container(key="rest-ways", horizontal=True, vertical_alignment="center", gap="small"):
            if session.waiting:
                st.button("A few more now", key="few-more", on_click=_press(_more))
            elif visit.cards:
                st.button("Practise freely", key="practise", on_click=_press(_practise, True))
            _to_lessons(visit, learner)
            if visit.cards:
                st.page_link(routes.to("progress"), label="Your progress")


def _to_lessons(visit: ReviewVisit, learner: str) -> None:
    """Into the next lesson: what stands out for who has answered nothing yet; to all of them if all are read."""
    known, progress = list(lessons().values()), visit.store.lessons.progress(learner)
    if next_step.following(known, progress) is None:
        st.page_link(routes.to("course"), label="To the lessons")
        return
    label, address_ = next_step.way_in(known, progress)
    shown_label = label if visit.cards else f":yellow[**{label}**]"
    st.page_link(routes.to("lesson"), label=shown_label, query_params=address_)


def _try(visit: ReviewVisit) -> None:
    """Nothing is asked, and nothing can be kept: what was practised, and what may be."""
    titles = {"": ALL} | {one.id: f"{one.place}  {one.title}" for one in lessons().values() if _asks(visit, one.id)}
    with st.container(key="rest", gap="small"):
        if given := visit.tab.answers:
            tries = [asking[-1] for mine in by_question(given).values() for asking in askings(mine)]
            st.markdown(f"Right so far: {sum(one.score == 1 for one in tries)} of {len(tries)}.")
        st.markdown(TRY)
        st.selectbox("Questions of", list(titles), format_func=titles.__getitem__, key=OF, width=340)
        with st.container(key="rest-ways", horizontal=True, vertical_alignment="center", gap="small"):
            st.button(":yellow[**Practise**]", key="practise", type="primary", on_click=_press(_practise, True))
            st.page_link(routes.to("course"), label="To the lessons")


def _asks(visit: ReviewVisit, lesson: str) -> bool:
    return any(of == lesson for of, _ in visit.bank)


def rest_words(session: ReviewSession, any_: bool, now: float) -> list[str]:
    """What is said if nothing is asked. any_: whether anything was ever answered."""
    if not any_:
        return [NONE_YET]
    said = []
    if session.done:
        said.append(f"**That is enough for today.** {done_words(len(session.done), _right(session))}")
    elif not session.waiting:
        said.append("**Nothing is due.**")
    if session.waiting:
        said.append(WAITING)
    elif session.next_due is not None:
        said.append(f"The next one comes back {when(session.next_due, now)}.")
    return said


def _right(session: ReviewSession) -> int:
    return sum(card.score == 1 for card in session.done)


def done_words(count: int, right: int) -> str:
    """How a sitting went. count: questions asked in it."""
    if right == count:
        return (
            "You were asked one question, and were right." if count == 1 else f"All {count} of your answers were right."
        )
    if right == 0:
        return f"You were asked {_questions(count)}; {'it comes' if count == 1 else 'they come'} back soon."
    return f"You were asked {_questions(count)}: {right} right, and the others come back soon."


def _questions(count: int) -> str:
    return "one question" if count == 1 else f"{count} questions"


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


_press = partial(errors.pressing, REVIEW_STATE)


def _seated(tab: ReviewState, store: Store) -> quiz.Seat | None:
    """Where the shown question is answered; None if it or the learner is gone."""
    learner = identity.learner_from(st.context.cookies)
    if tab.lesson not in lessons():
        return None
    answers = store.answers.of(learner, tab.lesson) if learner else tab.answers
    mine = [one for one in answers if (one.lesson, one.question) == tab.key]
    seat = _seat(tab, learner, mine)
    return seat if (mine or learner is None) and tab.question in seat.known() else None


def _answer(tab: ReviewState, session: Mapping[str, Any], store: Store) -> None:
    tab.led = False
    seat = _seated(tab, store)
    given = quiz.answered(seat, tab.question, session) if seat else None
    if isinstance(given, str):
        tab.notice = given
    elif given is not None and seat:
        quiz.keep(store, seat.learner, given, tab.answers)


def _next(tab: ReviewState, session: Mapping[str, Any], store: Store) -> None:
    seat = _seated(tab, store)
    if seat and quiz.wants_next(seat, tab.question, session):
        tab.clear()


def _read(tab: ReviewState, session: Mapping[str, Any], store: Store) -> None:
    """To the step that the question is about; its page leads back."""
    seat = _seated(tab, store)
    if seat and quiz.wants_to_read(seat, tab.question, session):
        step = seat.known()[tab.question].tests
        tab.leave_for = {lesson_state.LESSON_KEY: tab.lesson, lesson_state.STEP_KEY: step} | lesson_state.TO_REVIEW


def _put_off(tab: ReviewState, _session: Mapping[str, Any]) -> None:
    """Another question, and this one later."""
    tab.led = True
    tab.put_off.add(tab.key)
    tab.clear()


def _more(tab: ReviewState, _session: Mapping[str, Any]) -> None:
    """A few questions more than a sitting has."""
    tab.led = True
    tab.most += MOST
    tab.put_off.clear()
    tab.clear()


def _practise(tab: ReviewState, session: Mapping[str, Any], on: bool) -> None:
    tab.practice = tab.led = on
    tab.of = str(session.get(OF) or "") if on else tab.of
    tab.put_off.clear()
    tab.clear()
