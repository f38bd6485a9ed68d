"""What one browser tab knows of the page of lessons: lesson and step, the controls that figures share, a run.

The address is the state, as in `tab.py`. Knows no widget and no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.catalog import CONTROLS
from app.experiments import spec
from app.experiments.spec import RUN_KEY, Settings, default_settings, is_run_id, shown
from app.teaching.lessons import Lesson, Section, lessons
from app.views.address import Addressed

LESSON_TAB = "lesson"  # in the session
LESSON_KEY, STEP_KEY, FIX_KEY = "lesson", "step", "fix"  # in the address
UNNAMED = "The address names no lesson, so here is the first one."


@dataclass
class LessonTab(Addressed):
    """Ids of lesson and step. run_id: the learner's own run; fixed: keys of controls that the link fixes. done, saved:
    steps and predictions of visitors whose browser sends no cookie.
    """

    lesson: str = ""
    step: str = ""
    settings: Settings = field(default_factory=default_settings)
    run_id: str | None = None
    fixed: frozenset[str] = frozenset()
    started: set[str] = field(default_factory=set)  # runs that were started here: they are no replays
    notice: str = ""  # what the last press could not do, in a sentence
    done: set[tuple[str, str]] = field(default_factory=set)
    saved: dict[tuple[str, str], Any] = field(default_factory=dict)

    def query(self) -> dict[str, str]:
        """The address of this state."""
        if not self.lesson:
            return {}
        plain, found = (spec.query_from(values, None, None) for values in (default_settings(), self.settings))
        query = {LESSON_KEY: self.lesson, STEP_KEY: self.step}
        query |= {key: text for key, text in found.items() if text != plain.get(key)}
        query |= {FIX_KEY: ",".join(sorted(self.fixed))} if self.fixed else {}
        return query | ({RUN_KEY: self.run_id} if self.run_id else {})

    @property
    def plain(self) -> bool:
        """Whether the page without any address shows this."""
        return not self.lesson

    @property
    def sentences(self) -> list[str]:
        """Everything that could not be read or done."""
        return [*self.problems, *([self.notice] if self.notice else [])]

    def section(self) -> tuple[Lesson, int, Section]:
        """(lesson, the step's place, the step). Raises KeyError where the lesson is gone."""
        lesson = lessons()[self.lesson]
        at = next((at for at, section in enumerate(lesson.sections) if section.id == self.step), 0)
        return lesson, at, lesson.sections[at]


def open_address(params: Mapping[str, str]) -> LessonTab:
    """The state that an address describes. Never raises for what is in it: problems become sentences."""
    known, tab = lessons(), LessonTab()
    rest = {key: text for key, text in params.items() if key not in (LESSON_KEY, STEP_KEY, FIX_KEY, RUN_KEY)}
    tab.settings, _, tab.problems = spec.settings_from_query(rest)
    run, fixed = params.get(RUN_KEY), [key for key in params.get(FIX_KEY, "").split(",") if key]
    if run is not None and is_run_id(run):
        tab.run_id = run
    elif run is not None:
        tab.problems.append(f"The address names no run: {shown(run)} is not a run’s id.")
    tab.fixed = frozenset(fixed) & frozenset(CONTROLS)
    tab.problems += [f"There is no control {shown(key)} that could be fixed." for key in fixed if key not in CONTROLS]
    named = params.get(LESSON_KEY)
    if not known:
        return tab
    if named not in known:
        tab.problems.append(f"There is no lesson {shown(named)}, so here is the first one." if named else UNNAMED)
    tab.lesson = named if named in known else next(iter(known))
    steps = [section.id for section in known[tab.lesson].sections]
    step = params.get(STEP_KEY) if named in known else None
    if step is not None and step not in steps:
        tab.problems.append(f"The lesson has no step {shown(step)}, so it begins at its first one.")
    tab.step = step if step in steps else steps[0]
    return tab
