"""Every step of every lesson and every question of its quiz on projectors of three sizes, before anything is predicted
and answered and after: what is cut or must be scrolled, how large its letters are, the smallest in its figure, too, how
many parts its text comes in, and how long it takes to fit.

Times are taken in the page: from a change of the screen's size to the frame in which everything fits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

import app.figures  # noqa: F401  # lessons know their figures only then
from app.server.identity import COOKIE
from app.store import Answer, Store
from app.teaching import claims
from app.teaching.lessons import QUIZ, Lesson, Prediction, lessons
from app.teaching.questions import questions_of
from app.teaching.variants import variant
from tests.benchmarks.browser import PATIENCE, p95
from tests.benchmarks.machine import words
from tests.benchmarks.runs import server
from tests.browser import ARGUMENTS, find

SIZES = ((1024, 768), (1280, 720), (1920, 1080))
ONLY = os.environ.get("LESSONS", "").split()  # their ids; all if there are none
ARRIVED = 2200  # milliseconds: what comes into a page, and the pause after which it is fitted for good
FITTED = """() => new Promise((done) => {
  const begun = performance.now()
  dispatchEvent(new Event("resize"))
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)))
})"""
UNSEEN = ".visually-hidden, h1, .st-key-quiz h2, option, style, math, sub, sup, button"
STANDS = """(UNSEEN) => {
  const page = document.querySelector(".stMain")
  const right = (one) => one.getBoundingClientRect().right
  const inside = [...page.querySelectorAll(".distillery *")].filter((one) => one.checkVisibility())
  const place = document.querySelector(".projector:not([hidden]) .place")
  const formulas = [...page.querySelectorAll("math[display=block]")].filter((one) => one.checkVisibility())
  const wider = formulas.filter((one) => right(one.lastElementChild) > right(one.parentElement) + 1)
  const small = { letters: Infinity, words: "" }
  const all = document.createTreeWalker(page, NodeFilter.SHOW_TEXT)
  while (all.nextNode()) {
    const { parentElement: one, textContent: words } = all.currentNode
    if (!words.trim() || one.closest(UNSEEN) || !one.checkVisibility()) continue
    const letters = (one.closest("svg") ? one.getScreenCTM().a : 1) * parseFloat(getComputedStyle(one).fontSize)
    if (letters < small.letters) Object.assign(small, { letters, words })
  }
  return {
    printed_over: page.dataset.over.split("\\n").filter(Boolean),
    wider: wider.length,
    high: page.scrollHeight - page.clientHeight,
    wide: page.scrollWidth - page.clientWidth,
    letters: parseFloat(getComputedStyle(document.documentElement).fontSize),
    smallest: small.letters,
    smallest_words: small.words.trim().slice(0, 30),
    parts: place ? place.textContent.trim() : "",
    left: inside.filter((one) => right(one) > page.clientWidth + 1 && !one.closest("svg, .visually-hidden")).length,
  }
}"""


@dataclass(frozen=True)
class Fit:
    """How a step stands on a screen. high, wide: pixels that are not seen; left, wider: elements and formulas that are
    cut; printed_over: pairs of texts of which one lies on the other; letters: of its text, in pixels; smallest: of all
    that is read, with its words; ms: to fit.
    """

    printed_over: list[str]
    wider: int
    high: float
    wide: float
    left: int
    letters: float
    smallest: float
    smallest_words: str
    parts: str
    ms: float

    def faults(self) -> str:
        """What nobody in the room can read; "" if there is none."""
        sizes = {"too high": round(self.high), "too wide": round(self.wide)}
        cut = {name: size for name, size in sizes.items() if size > 1 or (size and name == "too wide")}
        cut |= {name: count for name, count in (("beside", self.left), ("formulas cut", self.wider)) if count}
        return ", ".join([*(f"{size} {name}" for name, size in cut.items()), *self.printed_over])


def missed(asked: Prediction) -> object:
    """A prediction after which the most is said."""
    outcome = claims.value(asked.outcome)
    if asked.kind == "choice":
        return next(one for one in asked.choices if one != outcome)
    ends = [asked.low, asked.high]
    tries = [[end] * len(asked.at) if asked.kind == "curve" else end for end in ends]
    return max(tries, key=lambda one: len(asked.lesson_of(one, outcome)))


def screens(lesson: Lesson) -> Iterator[tuple[str, dict[str, str]]]:
    """(name, what its address says) of each step, and of each question of the quiz in place of it."""
    for section in lesson.sections:
        if section.id != QUIZ:
            yield section.id, {"step": section.id}
            continue
        for id_ in questions_of(lesson.path.parent):
            yield f"{QUIZ}/{id_}", {"step": QUIZ, "question": id_}


def steps(page: Page, address: str, lesson: Lesson) -> Iterator[tuple[str, tuple[int, int], Fit]]:
    """(step, screen, how it stands there), one after the other."""
    for name, place in screens(lesson):
        page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
        page.goto(f"{address}/lesson?{urlencode({'lesson': lesson.id, **place, 'show': 'large'})}")
        page.locator(".st-key-leave-projector button").wait_for()
        page.wait_for_timeout(ARRIVED)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            ms = page.evaluate(FITTED)
            page.wait_for_timeout(200)
            yield name, (width, height), Fit(**page.evaluate(STANDS, UNSEEN), ms=ms)


def answer(store: Store, learner: str, lesson: Lesson) -> None:
    """Predict what misses most, and answer every question right."""
    for name, asked in lesson.predictions.items():
        store.lessons.save_prediction(learner, lesson.id, name, lesson.version, json.dumps(missed(asked)))
    for id_, question in questions_of(lesson.path.parent).items():
        given = json.dumps(variant(question).key())
        store.answers.add(learner, Answer(f"{lesson.id}-{id_}", lesson.id, id_, question.v, 0, given, 1, "sure", 0))


def measure() -> Iterator[tuple[str, object]]:
    """Yield a line for each step that is cut or has small letters, then how many are, and the milliseconds of all."""
    path = find()
    if path is None:
        raise SystemExit("No Chromium was found: make browser")
    found: list[Fit] = []
    with server() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        store = Store()
        for saved in (False, True):
            page = chromium.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(f"{address}/lesson")
            page.locator(".prose[data-ready]").first.wait_for()
            learner = next(one["value"] for one in page.context.cookies() if one["name"] == COOKIE).split(".")[0]
            for lesson in lessons().values():
                if ONLY and lesson.id not in ONLY:
                    continue
                if saved:
                    answer(store, learner, lesson)
                for step, (width, height), fit in steps(page, address, lesson):
                    found.append(fit)
                    cut = f"CUT {fit.faults()}; " if fit.faults() else ""
                    size = f"{fit.letters:.1f} px" + (f", {fit.parts}" if fit.parts else "")
                    size += f", smallest {fit.smallest:.1f} px “{fit.smallest_words}”"
                    when = "after" if saved else "before"
                    yield f"{lesson.id}/{step} {width}x{height} {when}", f"{cut}{size}, {fit.ms:.0f} ms"
            page.context.close()
        store.close()
        chromium.close()
    yield "cut_screens", sum(bool(fit.faults()) for fit in found)
    yield "screens", len(found)
    yield "smallest_letters_px", min(fit.letters for fit in found)
    yield "smallest_of_all_px", min(fit.smallest for fit in found)
    yield "fits_p95_ms", p95([fit.ms for fit in found])
    yield "fits_longest_ms", max(fit.ms for fit in found)
    yield "machine", words()
