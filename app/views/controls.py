"""Draws the controls that `declared.CONTROLS` declares, and passes what is changed on to a page's state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from app.catalog import available
from app.catalog.available import lab_sets
from app.catalog.declared import CONTROLS, METHODS, STUDENTS
from app.catalog.presets import preset_of, presets_of
from app.catalog.rounding import rounded
from app.components.dials import dials, turned
from app.experiments import spec
from app.experiments.verdict import plus_minus
from app.images.image_classes import NONE, can_be_left_out, class_name, label_counts, unlabelled_counts
from app.teaching.checks.arms import arms_gain
from app.views import routes
from app.views.lab_state import LabState

PLACED = ("data", "labels", "unlabelled", "left_out", "teacher", "method", "temperature", "alpha", "student")
DIALS = tuple(CONTROLS[key] for key in ("temperature", "alpha"))

SEEN_BEFORE = " The teacher learned from these images, too."
PRESET = "preset"  # the widget's key

Changed = Callable[[], object]


def show_value(widget: str, value: Any, *, always: bool = False) -> None:
    """Let a widget show a value. If it shows it already, setting it anyway would undo what is being typed."""
    if always or widget not in st.session_state or st.session_state[widget] != value:
        st.session_state[widget] = value


@dataclass(frozen=True)
class Widgets:
    """Widgets tied to a state: it says what they show, `changed` hears what is chosen. prefix: of their keys."""

    tab: LabState
    changed: Changed
    prefix: str = "control"

    def bound(self, key: str, *, folded: bool = False) -> dict[str, Any]:
        """Arguments that tie a widget to a control.

        folded: it is in a popover. A browser has nothing of one that is closed: told a value once, it would open with
        the default, so it is told at every run.
        """
        widget = f"{self.prefix}-{key}"
        show_value(widget, self.tab.settings[key], always=folded)
        return {"key": widget, "help": CONTROLS[key].help, "on_change": self.changed}

    def pills(self, key: str, choices: tuple[str, ...], name: Callable[[Any], str]) -> None:
        """A row of buttons."""
        named: dict[str, Any] = {"format_func": name, "label_visibility": "collapsed", **self.bound(key)}
        st.pills(CONTROLS[key].words, choices, required=True, wrap=True, **named)

    def select(self, key: str, choices: tuple[Any, ...], name: Callable[[Any], str]) -> None:
        """A list to choose from."""
        st.selectbox(CONTROLS[key].words, choices, format_func=name, **self.bound(key))

    def slide(self, key: str, counts: tuple[int, ...], *, folded: bool = False) -> None:
        """A slider over counts of images."""
        bound = self.bound(key, folded=folded)
        st.select_slider(CONTROLS[key].words, counts, format_func="{:,}".format, **bound)

    def images(self) -> None:
        """The images for everybody, and the learner's own, which are listed to nobody else."""
        sets, own = lab_sets(), self.tab.own
        offered = dict.fromkeys((*sets, *own, self.tab.settings["data"]))
        self.pills("data", tuple(data for data in offered if data in sets), lambda data: sets[data].name)

    def presets(self) -> None:
        """What the lab opens on with these images, and what it offers beside; the words of the chosen one."""
        offered = {preset.id: preset for preset in presets_of(self.tab.settings["data"])}
        if not offered:
            return
        chosen = preset_of(self.tab.settings)
        self.tab.preset = chosen.id if chosen else None
        show_value(PRESET, self.tab.preset)
        named: dict[str, Any] = {"key": PRESET, "on_change": self.changed, "label_visibility": "collapsed"}
        st.pills("Begin with", tuple(offered), format_func=lambda id_: offered[id_].name, wrap=True, **named)
        if chosen:
            st.markdown(f":violet[:small[{chosen.words}{_seen_before(self.tab.settings)}]]")

    def labels(self) -> None:
        """How many labelled images."""
        self.slide("labels", label_counts(self.tab.settings["data"], self.tab.settings["left_out"]))

    def left_out(self, *, folded: bool = False) -> None:
        """The choice of a class that nobody is shown, or of none."""
        data, bound = self.tab.settings["data"], self.bound("left_out", folded=folded)
        named: dict[str, Any] = {"format_func": lambda number: class_name(data, number), **bound}
        st.selectbox(CONTROLS["left_out"].words, can_be_left_out(data), index=None, placeholder=NONE, **named)

    def teacher(self) -> None:
        """The teachers of the chosen images."""
        names = available.teachers_if_readable()
        offered = tuple(spec.teachers_for(self.tab.settings["data"]))
        self.select("teacher", offered, lambda teacher: names[teacher].name if teacher in names else teacher)

    def method(self) -> None:
        """How students learn from the teacher."""
        self.select("method", CONTROLS["method"].choices, lambda method: METHODS[method].name)

    def student(self) -> None:
        """The students' sizes."""
        self.pills("student", tuple(STUDENTS), lambda student: STUDENTS[student].name)

    def others(self, without: tuple[str, ...] = ()) -> None:
        """Every control that has no place of its own, by its declaration, two in a row. without: some of them."""
        rest = [control for key, control in CONTROLS.items() if key not in (*PLACED, *without)]
        for pair in (rest[at : at + 2] for at in range(0, len(rest), 2)):
            for column, control in zip(st.columns(2, gap="small", wrap=False), pair, strict=False):
                bound = self.bound(control.key)
                if control.choices:
                    named: dict[str, Any] = {"format_func": partial(available.choice_name, control.key), **bound}
                    column.selectbox(control.words, control.choices, **named)
                    continue
                number: Callable[[float], float] = int if isinstance(control.default, int) else float
                low, high, step = map(number, (control.low, control.high, control.step))
                column.number_input(control.words, low, high, step=step, **bound)


def what_they_learn_from(tab: LabState, changed: Changed) -> None:
    """Images and how many of them."""
    widgets = Widgets(tab, changed)
    st.header("What they learn from", anchor="settings")
    widgets.images()
    with st.container(key="own-images"):
        st.page_link(routes.to("your images"), label="Use your own images")
    widgets.presets()
    widgets.labels()
    with st.container(key="fewer"), st.popover(_fewer_in_words(tab.settings), key="fewer-labels", type="tertiary"):
        counts = unlabelled_counts(tab.settings["data"], tab.settings["labels"], tab.settings["left_out"])
        if len(counts) > 1:
            widgets.slide("unlabelled", counts, folded=True)
            st.markdown(f":violet[:small[{_who_marks_what(tab.settings)}]]")
        else:
            st.markdown("Every image has a label here: choose fewer labelled images, and the rest can do without.")
        widgets.left_out(folded=True)
        st.markdown(f":violet[:small[{_who_is_missing(tab.settings)}]]")


def _who_marks_what(settings: spec.Settings) -> str:
    """What an update is made of with these settings."""
    if not settings["unlabelled"]:
        return "None: the teacher marks the labelled images alone."
    method = METHODS[settings["method"]]
    if method.labelled_only:
        return f"{method.name} needs the label of every image: choose soft labels, or none here."
    return (
        "Every update has a batch of these beside the labelled ones. Nobody knows their labels: the distilled students "
        "hear what the teacher says of them, the others pass over them."
    )


def _seen_before(settings: spec.Settings) -> str:
    """That the teacher has learned from the images that only it marks, and what comes out with others, if recorded."""
    if not settings["unlabelled"]:
        return ""
    try:
        gain = arms_gain(f"recorded-{settings['data']}-unseen", "kd")
    except ValueError:
        return SEEN_BEFORE
    return f"{SEEN_BEFORE} With images that it never saw, the gain is {plus_minus(gain.mean, gain.half_width)} points."


def _who_is_missing(settings: spec.Settings) -> str:
    if settings["left_out"] is None:
        return "None: the students see every class."
    name, left = class_name(settings["data"], settings["left_out"]), METHODS[settings["method"]]
    if left.uses_teacher and settings["alpha"] > 0:
        return f"No student ever sees an image of {name}. Only the teacher, which knows it, can tell what it is like."
    return f"No student ever sees an image of {name}, and nobody tells them what it is like."


def _fewer_in_words(settings: spec.Settings) -> str:
    chosen = [f"And {settings['unlabelled']:,} without a label"] if settings["unlabelled"] else []
    missing = settings["left_out"] is not None
    chosen += [f"No image of class {class_name(settings['data'], settings['left_out'])}"] if missing else []
    return ", ".join(chosen) or "Fewer labels, missing classes"


def how_the_teacher_speaks(tab: LabState, changed: Changed, beside: Mapping[str, str]) -> None:
    """Teacher, temperature, alpha and method. beside: what the bench says of the controls."""
    st.header("How the teacher speaks", anchor=False)
    dials(DIALS, tab.settings, _notes(tab), beside, changed)
    widgets = Widgets(tab, changed)
    widgets.teacher()
    widgets.method()


def temperature(tab: LabState, changed: Changed, beside: Mapping[str, str]) -> None:
    """The dial that softens what is shown of one image, alone."""
    dials(DIALS[:1], tab.settings, {}, beside, changed)


def the_student(tab: LabState, changed: Changed) -> None:
    """Size, epochs and seeds."""
    widgets = Widgets(tab, changed)
    st.header("The student", anchor=False)
    widgets.student()
    with st.container(key="size"):
        st.markdown(f":violet[:small[{size_in_words(tab.settings)}]]")
    widgets.others()


def size_in_words(settings: spec.Settings) -> str:
    """How big a student is, beside its teacher: "9,098 parameters, 32 times smaller than the teacher"."""
    parameters = STUDENTS[settings["student"]].parameters(lab_sets()[settings["data"]])
    teacher = available.teachers_if_readable().get(settings["teacher"])
    said = f"{parameters:,} parameters"
    if teacher is None:
        return said
    ratio = teacher.parameters / parameters
    if ratio >= 1.5:
        return f"{said}, {rounded(ratio, grouped=True)} times smaller than the teacher"
    if ratio > 0.67:
        return f"{said}, about as many as the teacher"
    return f"{said}, {rounded(1 / ratio, 1, grouped=True)} times the teacher"


def _notes(tab: LabState) -> dict[str, str]:
    """What the help of a dial says if it does nothing for the chosen method."""
    method = METHODS[tab.settings["method"]]
    notes = {}
    if not method.uses_temperature:
        notes["temperature"] = f"{method.name} trains without it; here it softens only the bars."
    if not method.uses_teacher:
        notes["alpha"] = "How much the labels are smoothed; no teacher here."
    return notes


def gather(tab: LabState, state: Mapping[str, Any]) -> None:
    """Take over what the controls show now. state: the session's.

    For a press on Train that reaches the server together with the change before it: Streamlit then runs both
    callbacks, in no certain order.
    """
    if (pressed := state.get(PRESET)) != tab.preset:
        tab.preset = pressed
        if preset := next((one for one in presets_of(tab.settings["data"]) if one.id == pressed), None):
            tab.take(preset)
            for key in CONTROLS:  # a press elsewhere that arrives with this one finds them as they stand now
                if f"control-{key}" in state:
                    st.session_state[f"control-{key}"] = tab.settings[key]
            return
    values = {key: state[f"control-{key}"] for key in CONTROLS if f"control-{key}" in state}
    at, angles = turned(state, DIALS)
    if at != tab.turned:  # else they are old news: since then a reset or a link may have set the dials
        tab.turned = at
        values |= angles
    tab.change(**values)


def in_words(key: str, value: Any, data: str) -> str:
    """A control's value in words: "temperature 8", "student 35 k". data: whose class is named."""
    words = CONTROLS[key].words
    if key == "left_out":
        return "no class left out" if value is None else f"class {class_name(data, value)} left out"
    return f"{words[0].lower()}{words[1:]} {available.choice_name(key, value)}"
