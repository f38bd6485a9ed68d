"""The script that Streamlit runs for every visitor: names the pages and runs the chosen one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.components.mount import mount
from app.server import identity
from app.views import (
    about,
    address,
    course,
    errors,
    glossary,
    lab,
    lesson,
    own_images,
    progress,
    review,
    routes,
    runs,
    sweeps,
)
from app.views.pins import PINS, link_to
from app.views.sweep_state import SWEEP_STATE

FOLD = "masthead-more"  # what the button “More” unfolds on a narrow screen
VIEWS = Path(__file__).parent / "views"

st.set_page_config(
    page_title="Distillery",
    page_icon=VIEWS / "favicon.svg",
    layout="wide",
    menu_items={"About": "Learn knowledge distillation by running it."},
)
st.html(VIEWS / "page.css")
course_page = st.Page(course.page, title="Course", url_path="course", default=True)
lesson_page = st.Page(lesson.page, title="Lesson", url_path="lesson")
review_page = st.Page(review.page, title="Review", url_path="review")
lab_page = st.Page(lab.page, title="Lab", url_path="lab")
sweeps_page = st.Page(sweeps.page, title="Sweeps", url_path="sweeps")
runs_page = st.Page(runs.page, title="Runs", url_path="runs")
images_page = st.Page(own_images.page, title="Your images", url_path="images")
progress_page = st.Page(progress.page, title="Progress", url_path="progress")
glossary_page = st.Page(glossary.page, title="Glossary", url_path="glossary")
about_page = st.Page(about.page, title="About", url_path="about")
shown_pages = [
    course_page,
    lesson_page,
    review_page,
    lab_page,
    sweeps_page,
    runs_page,
    images_page,
    progress_page,
    glossary_page,
    about_page,
]
routes.name(shown_pages)
chosen = st.navigation(shown_pages, position="hidden")
with st.container(key="masthead", horizontal=True, vertical_alignment="center", gap="small"):
    with st.container(key="brand", width="content"):
        st.page_link(course_page, label="Distillery")
    st.page_link(lab_page, query_params=None if chosen == lab_page else address.written(lab.TAB))
    st.page_link(review_page)
    with st.container(key="masthead-button", width="content"):
        mount("more", {"fold": f"st-key-{FOLD}", "here": chosen.url_path}, "more")
    with st.container(key=FOLD, horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.page_link(progress_page)
        st.page_link(sweeps_page, query_params=address.written(SWEEP_STATE))
        st.page_link(runs_page, query_params=link_to(st.session_state.get(PINS)))
        st.page_link(glossary_page)
        st.page_link(about_page)
with st.container(key="heard"):
    mount("aloud", {}, "aloud")
if sentence := identity.trouble():
    errors.notice([sentence], "notice-identity")
chosen.run()
