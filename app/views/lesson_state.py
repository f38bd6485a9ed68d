"""The state of the page of lessons in one browser tab: lesson and step, the controls that figures share, a run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.catalog.declared import CONTROLS
from app.experiments import spec
from app.experiments.spec import RUN_KEY, Settings, default_settings, is_run_id, shown
from app.store import Answer
from app.store.answers import MARK
from app.teaching.figures import Setting, controls_of
from app.teaching.lessons import Lesson, Section, lessons, moved
from app.teaching.questions import questions_of
from app.views.address import LARGE, PageState

LESSON_STATE = "lesson"  # in the session
LESSON_KEY, STEP_KEY, FIX_KEY, HIDE_KEY, ASIDE_KEY = "lesson", "step", "fix", "hide", "again"  # in the address
QUESTION_KEY, BACK_KEY, REVIEW = "question", "back", "review"
TO_REVIEW = {BACK_KEY: REVIEW}
_KEYS = (LESSON_KEY, STEP_KEY, FIX_KEY, HIDE_KEY, ASIDE_KEY, QUESTION_KEY, BACK_KEY, RUN_KEY)
_MARKS = re.compile(rf"[0-9a-f]{{{MARK}}}(-[0-9a-f]{{{MARK}}}){{0,99}}")
HANDOUT, KEY = "handout", "key"
PAPER = {HANDOUT: "A handout", KEY: "A handout with answers"}
UNNAMED = "The address names no lesson, so here is the first one."


@dataclass
class LessonState(PageState):
    """Ids of lesson and step. question: the one of the quiz that is shown there, and from which a learner came to read
    another step once more; from_review: they came to it from a question of the review. run_id: the learner's own run
    beside what the step shows. done, saved, answers: steps, predictions and answers of visitors whose browser sends no
    cookie.

    settings: what link or learner set of the lab's controls, by key. They and the run belong to the step in which they
    were set; runs: those of the other steps, by lesson and step.

    aside: by lesson, the marks of answers that the learner set aside: while one is the latest to its question, that is
    asked again. In the address they outlast a reload, and mean nothing to whoever has other answers.

    given: what the link sets in the figures, by key of their settings; fixed, hidden: keys of controls that it fixes,
    and of those that it does not show.
    """

    shows: ClassVar[Mapping[str, str]] = LARGE | PAPER
    lesson: str = ""
    step: str = ""
    question: str = ""
    from_review: bool = False
    settings: Settings = field(default_factory=dict)
    run_id: str | None = None
    runs: dict[tuple[str, str], str | None] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    anew: int = 0  # how often a lesson was begun anew here
    asks_anew: bool = False  # the first of two presses was made
    started: set[str] = field(default_factory=set)  # runs that were started here: they are no replays
    done: set[tuple[str, str]] = field(default_factory=set)
    saved: dict[tuple[str, str], Any] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    aside: dict[str, set[str]] = field(default_factory=dict)
    leads_to: str = ""  # the question that the last press leads to
    just_saved: str = ""  # the prediction that the last press saved: what came out is yet to be seen

    def query(self) -> dict[str, str]:
        """The address of this state."""
        if not self.lesson:
            return {}
        written = spec.query_from(default_settings() | self.settings, None, None)
        query = {LESSON_KEY: self.lesson, STEP_KEY: self.step}
        query |= {QUESTION_KEY: self.question} if self.question else {}
        query |= TO_REVIEW if self.from_review else {}
        query |= {key: text for key, text in written.items() if key in self.settings}
        query |= self.given
        query |= {key: ",".join(sorted(held)) for key, held in ((FIX_KEY, self.fixed), (HIDE_KEY, self.hidden)) if held}
        query |= {RUN_KEY: self.run_id} if self.run_id else {}
        return query | ({ASIDE_KEY: "-".join(sorted(aside))} if (aside := self.aside.get(self.lesson)) else {})

    @property
    def held(self) -> frozenset[str]:
        """Keys of the controls that nobody may turn here."""
        return self.fixed | self.hidden

    @property
    def held_values(self) -> frozenset[str]:
        """Those of them whose value the link says; the others stay as the lesson has them."""
        return self.held & (self.settings.keys() | self.given.keys())

    @property
    def values(self) -> dict[str, Any]:
        """What link or learner set, by key: of the lab's controls, and what the link sets in the lesson's figures."""
        knows = controls(lessons()[self.lesson])
        given = {key: (knows[key], text) for key, text in self.given.items() if key in knows}
        read = {key: setting.read(text) for key, (setting, text) in given.items() if not setting.fault(text)}
        return read | self.settings

    def begin_press(self) -> None:
        """Forget what concerned the last press alone."""
        self.notice, self.leads_to, self.just_saved = "", "", ""

    def go(self, lesson: str, step: str, question: str = "") -> None:
        """To another step, which opens as its lesson has it: only what the link fixes goes along."""
        self.runs[self.lesson, self.step] = self.run_id
        self.lesson, self.step, self.question, self.from_review, self.asks_anew = lesson, step, question, False, False
        self.run_id = self.runs.get((lesson, step))
        self.settings = {key: value for key, value in self.settings.items() if key in self.held}
        self.given = {key: value for key, value in self.given.items() if key in self.held}

    def section(self) -> tuple[Lesson, int, Section]:
        """(lesson, the step's place, the step). Raises KeyError if the lesson is gone."""
        lesson = lessons()[self.lesson]
        at = next((at for at, section in enumerate(lesson.sections) if section.id == self.step), 0)
        return lesson, at, lesson.sections[at]


def open_address(params: Mapping[str, str]) -> LessonState:
    """The state that an address describes. Never raises for what is in it: problems become sentences."""
    known, tab = lessons(), LessonState()
    named = params.get(LESSON_KEY)
    named = moved(known.values()).get((named or "", params.get(STEP_KEY, "")), named)
    lesson = known.get(named or "") or next(iter(known.values()), None)
    knows = controls(lesson) if lesson else {}
    params = _by_todays_keys(params, knows)
    own = {key: text for key, text in params.items() if key in knows and not _is_shared(key, knows)}
    rest = {key: text for key, text in params.items() if key not in (*own, *_KEYS)}
    read, _, tab.problems = spec.settings_from_query(rest)
    tab.settings = {key: value for key, value in read.items() if key in rest}
    run = params.get(RUN_KEY)
    if run is not None and is_run_id(run):
        tab.run_id = run
    elif run is not None:
        tab.problems.append(f"The address names no run: {shown(run)} is not a run’s id.")
    _read_held(tab, params, knows)
    marks = params.get(ASIDE_KEY, "")
    if lesson and _MARKS.fullmatch(marks):
        tab.aside[lesson.id] = set(marks.split("-"))
    elif marks:
        tab.problems.append(f"The address does not say which questions are asked again: {shown(marks)}.")
    if lesson is None:
        return tab
    if named not in known:
        tab.problems.append(f"There is no lesson {shown(named)}, so here is the first one." if named else UNNAMED)
    tab.lesson = named if named in known else next(iter(known))
    steps = [section.id for section in known[tab.lesson].sections]
    step = params.get(STEP_KEY) if named in known else None
    if step is not None and step not in steps:
        tab.problems.append(f"The lesson has no step {shown(step)}, so it begins at its first one.")
    tab.step = step if step in steps else steps[0]
    asked = params.get(QUESTION_KEY, "")
    tab.question = asked if asked in questions_of(known[tab.lesson].path.parent) else ""
    if asked and not tab.question:
        tab.problems.append(f"The lesson has no question {shown(asked)}.")
    tab.from_review = params.get(BACK_KEY) == REVIEW
    return tab


def controls(lesson: Lesson) -> dict[str, Setting]:
    """What a link to a lesson may set, fix and hide."""
    return controls_of(name for section in lesson.sections for name in section.figures)


def _by_todays_keys(params: Mapping[str, str], knows: Mapping[str, Setting]) -> dict[str, str]:
    """An address in which controls are called as today, also if an earlier version wrote it."""
    today = {setting.former: key for key, setting in knows.items() if setting.former}
    renamed = {today[key]: text for key, text in params.items() if key in today}
    renamed |= {key: text for key, text in params.items() if key not in today}
    for name in {FIX_KEY, HIDE_KEY} & renamed.keys():
        renamed[name] = ",".join(today.get(key, key) for key in renamed[name].split(","))
    return renamed


def _is_shared(key: str, knows: Mapping[str, Setting]) -> bool:
    """Whether a figure's key means the lab's control of that name; one that has choices of its own does not."""
    return key in CONTROLS and not (key in knows and knows[key].choices)


def _read_held(tab: LessonState, params: Mapping[str, str], knows: Mapping[str, Setting]) -> None:
    """What the link sets, fixes and hides; what makes no sense becomes a sentence."""
    for key, setting in knows.items():
        text = params.get(key)
        if text is None:
            continue
        fault = setting.fault(text)
        if _is_shared(key, knows):  # `settings_from_query` says what is wrong with it
            fault = fault or ("" if float(text) == tab.settings[key] else "another value is taken")
        if not fault:
            tab.given[key] = text
        elif not _is_shared(key, knows):
            tab.problems.append(f"The address sets “{setting.words}” to {shown(text)}: {fault}. It stays as it is.")
    for name, done in ((FIX_KEY, "fixed"), (HIDE_KEY, "hidden")):
        keys = [key for key in params.get(name, "").split(",") if key]
        known = frozenset(keys) & (frozenset(knows) | frozenset(CONTROLS))
        setattr(tab, done, known)
        tab.problems += [f"There is no control {shown(key)} that could be {done}." for key in keys if key not in known]
