"""The phrases of a lesson's step, what their sentences say in numbers, and what its figures show after a press."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from app.teaching.lessons import Lesson, Section
from app.teaching.prose import CITED
from tests.e2e.conftest import PATIENCE
from tests.waiting import wait_for

# Numbers of a phrase's sentence that no figure shows, by lesson and claim, and why that is so.
ELSEWHERE = {
    ("soft-labels", "times"): "the ratio of two numbers that the figure shows",
    ("soft-labels", "cat-times"): "the ratio of two numbers of the map",
    ("soft-labels", "cat-truck"): "in the map’s table, which is folded, and where its square is pointed at",
    ("how-much", "more-500"): "the difference of two rows, paired by seed",
    ("how-much", "more-half-500"): "the difference of two rows, paired by seed",
    ("how-much", "more-3000"): "the difference of two rows, paired by seed",
    ("how-much", "more-half-3000"): "the difference of two rows, paired by seed",
    ("never-shown", "best-own"): "the mean of all students: the figure shows one at a time",
    ("never-shown", "free-whole"): "the mean of all students: the figure shows one at a time",
    ("never-shown", "labels-top"): "the mean of all students: the figure shows one at a time",
    ("tuning", "over-usual"): "the difference of two cells, paired by seed",
    ("tuning", "over-usual-half"): "the difference of two cells, paired by seed",
    ("how-small", "even-1k"): "another choice of the figure, told beside this one",
    ("how-small", "even-1k-half"): "another choice of the figure, told beside this one",
    ("how-small", "gain-9k"): "another choice of the figure, told beside this one",
    ("rules-and-facts", "fact-w8"): "with two digits, which tell that it is below zero: the figure has one",
    ("rules-and-facts", "fact-w8-half"): "with two digits, which tell that it is below zero: the figure has one",
    ("rules-and-facts", "certain-fact-w8"): "another choice of the figure, with two digits",
    ("rules-and-facts", "certain-fact-w8-half"): "another choice of the figure, with two digits",
    ("layered-systems", "scaled-20"): "the difference of two places on the figure’s curves, paired by seed",
    ("layered-systems", "scaled-20-half"): "the difference of two places on the figure’s curves, paired by seed",
    ("layered-systems", "even-share-20"): "the difference of two places on the figure’s curves, paired by seed",
    ("layered-systems", "even-share-20-half"): "the difference of two places on the figure’s curves, paired by seed",
    ("other-ways", "faster"): "the ratio of two numbers that the figure shows",
    ("other-ways", "faster-batch"): "the ratio of two numbers that the figure shows",
    ("other-ways", "faster-photos"): "the ratio of two numbers that the figure shows",
    ("other-ways", "faster-student"): "the ratio of two numbers that the figure shows",
    ("other-ways", "slower-batch-35k"): "the ratio of two numbers that the figure shows",
    ("other-ways", "slower-photos"): "the ratio of two numbers that the figure shows",
    ("next-word", "soft-over-even"): "the difference of two rows, paired by seed",
    ("next-word", "soft-over-even-half"): "the difference of two rows, paired by seed",
    ("next-word", "t2"): "the difference of two rows, paired by seed",
    ("next-word", "t2-half"): "the difference of two rows, paired by seed",
    ("next-word", "mis-gain"): "without its sign: the figure says “further from the truth”",
    ("next-word", "mis-best"): "without its sign: the figure says “further from the truth”",
    ("next-word", "written-gain"): "with three digits, which tell on which side of zero it is: the figure has two",
    ("next-word", "written-gain-half"): "with three digits: the figure has two",
    ("next-word", "written-best"): "with three digits: the figure has two",
    ("next-word", "written-best-half"): "with three digits: the figure has two",
    ("inherited", "alone"): "on the images of the teachers’ accuracy: the figure has it on all test images",
    ("inherited", "apart"): "the difference of two rows, paired by seed",
    ("inherited", "apart-half"): "the difference of two rows, paired by seed",
    ("inherited", "apart-cool"): "the difference of two rows, paired by seed",
    ("inherited", "apart-cool-half"): "the difference of two rows, paired by seed",
}
WATCH = """() => {  // counts what the page asks for, and how often its script has run
  if (window.asking !== undefined) return
  const asked = window.fetch
  window.asking = 0
  window.runs = 0
  window.fetch = (...what) => {
    window.asking += 1
    return asked(...what).finally(() => (window.asking -= 1))
  }
  const app = document.querySelector(".stApp")
  const ended = () => app.dataset.testScriptState === "notRunning" && (window.runs += 1)
  new MutationObserver(ended).observe(app, { attributeFilter: ["data-test-script-state"] })
}"""
QUIET = """async (runs) => {  // the step's figures are there, and nothing is asked for, drawn or run any more
  const since = performance.now()
  const busy = () => ({
    asking: window.asking,
    runs: window.runs < runs,
    script: document.querySelector(".stApp").dataset.testScriptState !== "notRunning",
    none: !document.querySelector(".st-key-step-stage .distillery"),
    figure: document.querySelector(".st-key-step-stage .distillery:not([data-ready=true])")?.className,
  })
  do {
    for (let left = 3; left; left -= 1) await new Promise(requestAnimationFrame)
    if (performance.now() - since > PATIENCE) throw new Error(`no rest: ${JSON.stringify(busy())}`)
  } while (Object.values(busy()).some(Boolean))
}""".replace("PATIENCE", str(PATIENCE))
READ = """() => {  // what is read in the figures, and how their controls stand
  const seen = []
  for (const figure of document.querySelectorAll(".st-key-step-stage .distillery")) {
    const texts = document.createTreeWalker(figure, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const { parentElement: place, data } = texts.currentNode
      if (data.trim() && place.checkVisibility({ visibilityProperty: true }) && !place.closest(".visually-hidden"))
        seen.push(data.trim())
    }
    for (const one of figure.querySelectorAll("input, [aria-pressed], [aria-current], svg[aria-label]")) {
      if (!one.checkVisibility()) continue
      const how = ["aria-valuetext", "aria-pressed", "aria-current", "aria-label"].map((name) => one.getAttribute(name))
      seen.push([one.type === "checkbox" ? one.checked : one.value ?? "", ...how].join(" "))
    }
  }
  return [...new Set(seen)].sort()  // another picture of the same says the same in another order
}"""
REST = f"async () => {{ for (let left = 4; left; left -= 1) await ({QUIET})(0); return ({READ})() }}"
DISTURB = """() => {  // another image, class, scale, stage, cell: every control of the figures stands elsewhere
  for (const figure of document.querySelectorAll(".st-key-step-stage .distillery:not(.bench, .four-steps)")) {
    for (const control of figure.querySelectorAll("[data-control]:not([data-control=train]), .cells")) {
      const others = [...control.querySelectorAll("button:not([aria-pressed=true], :disabled)")]
      others.filter((one) => one.checkVisibility()).at(-1)?.click()
    }
    for (const input of figure.querySelectorAll("input")) {
      if (input.disabled || !input.checkVisibility()) continue
      if (input.type === "checkbox") input.click()
      else if (input.type === "range") {
        input.value = input.max
        for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }))
      }
    }
  }
}"""

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“(*\[$])")
_LINK = re.compile(r"\[([^\[\]]*)\]\((set|claim):([^)]*)\)")
_NUMBER = re.compile(r"[−-]?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Sentence:
    """A sentence with phrases. phrases: their places among all of the step; claims: id and words of its numbers."""

    text: str
    phrases: tuple[int, ...]
    claims: tuple[tuple[str, str], ...]


def sentences(section: Section) -> list[Sentence]:
    """Those with a phrase, in their order."""
    found: list[Sentence] = []
    before = 0
    for block in section.blocks:
        parts = re.split(r"\n\s*\n|\n(?=- )", block.markdown) if block.kind == "prose" else []
        for text in (one for part in parts for one in _SENTENCE.split(" ".join(CITED.sub("", part).split()))):
            links = _LINK.findall(text)
            count = sum(scheme == "set" for _words, scheme, _target in links)
            claims = tuple((target, words) for words, scheme, target in links if scheme == "claim")
            if count:
                found.append(Sentence(text, tuple(range(before, before + count)), claims))
            before += count
    return found


def shows(seen: list[str], words: str) -> bool:
    """Whether a number stands among what is seen, as exactly as it is written or more so."""
    (wanted,) = _NUMBER.findall(words)
    digits = len(wanted.partition(".")[2])
    numbers = (number.replace("−", "-").replace(",", "") for text in seen for number in _NUMBER.findall(text))
    value = float(wanted.replace("−", "-").replace(",", ""))
    exact = (float(number) for number in numbers if len(number.partition(".")[2]) >= digits)
    return any(abs(number - value) <= 0.5 * 10**-digits + 1e-9 for number in exact)


def press(page: Page, phrase: int) -> list[str]:
    """Press a phrase of the step; what its figures show then."""
    runs = page.evaluate("window.runs")
    page.locator(".prose .phrase").nth(phrase).evaluate("node => node.click()")
    reruns = page.locator(".st-key-step-stage .dials").count()  # which tell the page of every phrase
    page.evaluate(QUIET, runs + reruns)
    seen: list[str] = page.evaluate(READ)
    return seen


def press_all(page: Page, lesson: Lesson, section: Section, thorough: bool) -> None:
    """Press all phrases of the step that is shown: in order, and each after everything was set elsewhere.

    A phrase shows the same each time, and the numbers of its sentence are among what it shows. thorough: they are
    pressed in reverse, too, so that each also comes after what the phrases behind it left.
    """
    said = sentences(section)
    phrases = [phrase for sentence in said for phrase in sentence.phrases]
    if not phrases:
        return
    expect(page.locator(".prose .phrase")).to_have_count(len(phrases))
    page.evaluate(WATCH)
    page.evaluate(QUIET, 0)
    first = {phrase: _at_rest(page, press(page, phrase)) for phrase in phrases}
    for sentence in said:
        seen = [one for phrase in sentence.phrases for one in first[phrase]]
        missing = [
            f"{words} ({claim})"
            for claim, words in sentence.claims
            if (lesson.id, claim) not in ELSEWHERE and not shows(seen, words)
        ]
        assert not missing, f"{section.id}: “{sentence.text}” says what no figure shows: {', '.join(missing)}"
    for phrases_now, disturbed in [*[(phrases[::-1], False)] * thorough, (phrases, True)]:
        for phrase in phrases_now:
            if disturbed:
                page.evaluate(DISTURB)
                page.evaluate(QUIET, 0)
            press(page, phrase)
            shown = _settled(page, first[phrase])
            other = sorted(set(first[phrase]) ^ set(shown))
            after = "after everything stood elsewhere" if disturbed else "after the phrases behind it"
            assert shown == first[phrase], f"{section.id}, phrase {phrase + 1}, {after}: {other}"


def _at_rest(page: Page, seen: list[str]) -> list[str]:
    """What the figures show when they show the same for a while: a script may be on its way."""
    while (again := page.evaluate(REST)) != seen:
        seen = again
    return seen


def _settled(page: Page, wanted: list[str]) -> list[str]:
    """What the figures show, as `wanted` if they come to that."""
    seen: list[list[str]] = []

    def look() -> bool:
        seen.append(page.evaluate(READ))
        return seen[-1] == wanted

    try:
        wait_for(look)
    except AssertionError:
        return seen[-1]
    return wanted
