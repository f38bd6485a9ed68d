"""The script that Streamlit runs for every visitor: names the pages and runs the chosen one."""

from pathlib import Path

import streamlit as st

from app.components.mount import mount
from app.server import identity
from app.server.streamlit_internals import session_id
from app.server.uploads import uploads
from app.views import (
    about,
    address,
    challenges,
    course,
    devices,
    errors,
    glossary,
    lab,
    lesson,
    looking_back,
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
    page_icon=VIEWS / "favicon.svg",
    layout="wide",
    menu_items={"About": "Learn knowledge distillation by running it."},
)
st.html(VIEWS / "page.css")
views = (course, lesson, review, lab, sweeps, runs, challenges, own_images, progress, looking_back, glossary, about)
pages = [
    st.Page(view.page, title=title, url_path=path, default=path == routes.FIRST)
    for view, (title, path) in zip(views, routes.PAGES.items(), strict=True)
]
routes.name(pages)
chosen = st.navigation(pages, position="hidden")
st.set_page_config(page_title=routes.titled("" if chosen == routes.to("course") else chosen.title))
with st.container(key="masthead", horizontal=True, vertical_alignment="center", gap="small"):
    with st.container(key="brand", width="content"):
        st.page_link(routes.to("course"), label="Distillery")
    st.page_link(routes.to("lab"), query_params=None if chosen == routes.to("lab") else address.written(lab.TAB))
    st.page_link(routes.to("review"))
    with st.container(key="masthead-button", width="content"):
        mount("more", {"fold": f"st-key-{FOLD}", "here": chosen.url_path}, "more")
    with st.container(key=FOLD, horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.page_link(routes.to("progress"))
        st.page_link(routes.to("sweeps"), query_params=address.written(SWEEP_STATE))
        st.page_link(routes.to("runs"), query_params=link_to(st.session_state.get(PINS)))
        st.page_link(routes.to("challenges"))
        st.page_link(routes.to("glossary"))
        st.page_link(routes.to("about"))
with st.container(key="heard"):
    mount("aloud", {}, "aloud")
if sentence := identity.trouble():
    errors.notice([sentence], "notice-identity")
else:
    devices.strange(st.context.cookies)
if chosen != routes.to("your images"):
    uploads.free(session_id())
chosen.run()
