"""About: which images and teachers there are, and what the numbers mean."""

import streamlit as st

from app.catalog import available
from app.catalog.available import TeacherEntry
from app.catalog.declared import DATA, DataSet
from app.catalog.pack import PackError, read_about
from app.catalog.rounding import rounded
from app.components.prose import prose
from app.experiments.verdict import EXTENDED, LOOKS
from app.store import shared
from app.views import download, errors, routes, share

NUMBERS = f"""
A :blue[**teacher**] is a large network that was trained before. :orange[**Distilled**] students learn from its answers
as well as from the labels; :gray[**labels only**] students see the same images with their labels and nothing else. Two
students of a pair have the same first weights and see the same images in the same order: they differ only in what they
are told.

One pair would not tell chance from effect, so each comparison is repeated with several **seeds**, which change first
weights, images and order. The line in the chart is the mean over the seeds, the band reaches from worst to best.
**±** is the 95% interval of the paired differences (Student’s t). *Beats* is said only if that interval excludes 0;
otherwise the page says *no measurable difference here*, shows the interval, and says in how many seeds the student was
better.

If seeds are **added** to a run that left it open, ± is {EXTENDED:g} times as wide. Whoever adds seeds and looks again,
at {LOOKS[0]} and then at {LOOKS[1]}, would otherwise find a winner in about one of eight experiments in which nothing
differs, and not in one of twenty. As it is, all looks together find one in fewer than six of a hundred.

± covers the seeds: which students one happens to get. It does not cover which **test images** they are tested on. The
curves are drawn from 1,000 images while a run trains; with MNIST and Fashion-MNIST the verdict at its end is taken on
the 10,000 official test images, which no teacher and no student has seen. “The numbers, and what made them”, below a
run, sets the two beside each other.

**Temperature** divides the logits before the softmax. **Weight on the teacher**, alpha, is the share of the teacher in
the loss: `(1 − alpha) · cross-entropy + alpha · T² · KL` for soft labels (Hinton, Vinyals and Dean, 2015).
"""

ROOM = "The address of this app, for everybody in the room:"
LECTURERS = """
<p>The questions of all lessons, for a quiz of your own: <a href="api/questions/moodle.txt" download>for
Moodle, in GIFT format</a>, which many other programs read, too. It has what GIFT can ask: choices, numbers with a
tolerance, and orders; what needs the picture of its lesson is left out, and named at the top of the file. The same
questions are <a href="api/questions/anki.txt" download>flashcards for Anki</a>.</p>
<p>“For teachers”, below each step of a lesson, makes a link to that step that sets, fixes or hides controls.</p>
"""


@errors.page
def page() -> None:
    """Draw the page."""
    with st.container(key="about"):
        st.title("What is here, and what the numbers mean", anchor=False)
        with st.container(key="to-glossary"):
            st.page_link(routes.to("glossary"), label="Every word of the field, in a sentence each")
        with st.container(key="about-columns"):
            with st.container(key="about-numbers"):
                st.header("The numbers", anchor="numbers")
                st.markdown(NUMBERS)
            with st.container(key="about-lecturers"):
                st.header("For lecturers", anchor="lecturers")
                st.markdown(ROOM)
                share.draw("", "about-share")
                prose(LECTURERS, {}, key="lecturers")
        st.header("The teachers", anchor="teachers")
        with st.container(key="teachers-table"):
            st.markdown(teachers_table(list(available.teachers_if_readable().values())))
        st.header("The images", anchor="images")
        with st.container(key="images-table"):
            st.markdown(images_table(list(DATA.values())))
        for data in DATA.values():
            if not data.here:
                download.offer(data.id, shared())


def teachers_table(entries: list[TeacherEntry]) -> str:
    """Markdown: a row per teacher."""
    rows = [
        f"| {entry.name} | {entry.parameters:,} | {rounded(100 * entry.accuracy, 2)}% | {_tested(entry)} "
        f"| {_note(entry)} |"
        for entry in entries
    ]
    return "\n".join(["| Teacher | Parameters | Right | On | Notes |", "|-|-:|-:|-|-|", *rows])


def _tested(entry: TeacherEntry) -> str:
    measured = available.accuracy_on_originals(entry)
    on = f"; {rounded(100 * measured, 1)}% on the originals, measured here" if measured else ""
    return f"{entry.tested_on}{on}"


def _note(entry: TeacherEntry) -> str:
    return str(entry.record.get("note", ""))


def images_table(sets: list[DataSet]) -> str:
    """Markdown: a row per data set, with its source if it is here."""
    rows = [f"| {data.name} | {data.words} | {data.pool:,} | {_tests(data)} | {_source(data)} |" for data in sets]
    return "\n".join(["| Images | What | To learn from | To test on | Source and licence |", "|-|-|-:|-:|-|", *rows])


def _tests(data: DataSet) -> str:
    return f"{data.test:,}" + (f", and {data.official:,} for the verdict" if data.official else "")


def _source(data: DataSet) -> str:
    try:
        about = read_about(data.path)
    except PackError:
        return "not on this machine yet"
    told = (str(about[key]) for key in ("source", "licence") if about.get(key))
    return ". ".join(f"{words[0].upper()}{words[1:]}" for words in told)
