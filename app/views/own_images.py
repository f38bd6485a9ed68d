"""Your images: bring a zip, see what was understood and decide, train a teacher on it, go to the lab with it."""

import html
import os
from collections.abc import Iterator, Sequence
from typing import Any

import streamlit as st

from app.catalog import available, declared, own_sets
from app.catalog.declared import METHODS
from app.catalog.pack import PackError
from app.catalog.presets import opening_settings
from app.catalog.rounding import rounded
from app.experiments import own_images
from app.experiments.spec import query_from
from app.figures.run_source import NO_COOKIE
from app.images import layouts, png
from app.images.image_classes import chance
from app.images.sources import NAME_LENGTH
from app.server import identity, origin
from app.server.base_path import API
from app.server.streamlit_internals import UploadedFile, session_id
from app.server.uploads import uploads
from app.store import DiskFull, ImageSet, Store, StoreError, files, shared
from app.store.errors import is_disk_full
from app.store.image_sets import UPLOAD
from app.store.jobs import WORKING
from app.store.patience import waiting
from app.views import address, errors, lab, routes

NOTICE, UPLOADS, REFUSED = "own-images-notice", "own-images-uploads", "refused"  # in the session
SHOWN = 6  # images of each class that are in use

WHAT = """
Bring a zip with one folder of images for each class. A :blue[**teacher**] is trained on them here, and then you distil
:orange[**students**] from it in the lab, as from any other teacher.
"""
MOST = own_sets.MOST_IMAGES
BRING = f"""
- **2 to {declared.CLASSES} folders**, one for each class. A folder’s name becomes the class’s; you can change it.
- **At least {own_sets.LEAST_OF_A_CLASS} images in each, {own_sets.LEAST_IMAGES} in all; at most {MOST:,}.**
  The more, the better the teacher, and the surer the verdict.
- **{" or ".join(layouts.FORMATS.rsplit(", ", 1))}, {own_sets.MOST_BYTES // 1_000_000} MB in all.** Photographs straight
  from a phone are larger than needed: 400 pixels a side are plenty.
- The students see **the middle square at 32 × 32 pixels**, or at 28 × 28 where every image is grey. What cannot be told
  apart at that size cannot be learned.
- One image in five is **kept to test on**. To choose these yourself, use the folders `train/CLASS` and `test/CLASS`.
- A **zip for each class**, and a **table** `labels.csv` that names file and class in each line, are read as well.
"""
WHOSE = """
Your images stay on this server. They are listed to nobody else; whoever you give a link to one of their runs can see
them. They go when you remove them, and may make room for others when nobody has used them for two weeks.
"""


@errors.page
def page() -> None:
    """Draw the page."""
    store, learner = shared(), identity.learner_from(st.context.cookies)
    with st.container(key="own", gap="medium"):
        with st.container(gap="xsmall"):
            st.title("Your own images", anchor=False)
            st.markdown(WHAT)
        if learner is None:
            _notice(NO_COOKIE)
            return
        if notice := st.session_state.pop(NOTICE, ""):
            _notice(notice)
        sets = store.images.of(learner)
        for images in sets:
            going = images.state in WORKING
            st.fragment(run_every=1.0 if going else None)(_card)(images.id, images.job, going)
        _bring(store, learner, sets)


# ── bringing them ────────────────────────────────────────────────────────────────────────────────────────────────


def _bring(store: Store, learner: str, sets: list[ImageSet]) -> None:
    held = [images for images in sets if images.state not in ("gone", "failed") or images.job == "teach"]
    with st.container(key="bring", gap="small"):
        st.header("Bring more" if held else "What to bring", anchor="bring")
        st.markdown(BRING)
        if len(held) >= own_sets.MOST_SETS:
            uploads.free(session_id())
            st.markdown(f"You have {len(held)} sets here, as many as anybody may have. Remove one to bring another.")
        else:
            count = st.session_state.get(UPLOADS, 0)  # a new key empties the field
            uploads.ask(session_id(), learner)
            uploaded = st.file_uploader(
                "A zip of class folders",
                type="zip",
                key=f"upload-{count}",
                max_upload_size=own_sets.MOST_BYTES // 1_000_000,
                help="It is read here, and shown to you before anything is trained.",
            )
            if uploaded is not None:
                st.session_state[UPLOADS] = count + 1
                uploads.free(session_id())
                with waiting():
                    st.session_state[NOTICE] = _accept(uploaded, store, learner)
                st.rerun()
        st.markdown(f":violet[:small[{' '.join(WHOSE.split())}]]")


def _accept(uploaded: UploadedFile, store: Store, learner: str) -> str:
    """Keep an upload and have it read. Returns why it cannot be, in a sentence, or ""."""
    if uploaded.size > own_sets.MOST_BYTES:
        most = own_sets.MOST_BYTES // 1_000_000
        size = rounded(uploaded.size / 1e6, grouped=True)
        return f"The zip has {size} MB, and {most} MB can be taken. Make the images smaller."
    if uploaded.size == 0:
        return "The file is empty. Make the zip again, and bring that."
    set_id = store.images.new_id()
    try:
        here = origin.here()
        store.images.check_room(learner, uploaded.size, here)
        files.put(f"{files.images(set_id)}/{UPLOAD}", uploaded.getbuffer())
        store.images.add(set_id, learner, own_sets.plain_name(os.path.splitext(uploaded.name)[0]), here)
    except (StoreError, OSError) as error:
        files.delete(files.images(set_id))
        if isinstance(error, StoreError):
            return str(error)
        return str(DiskFull()) if is_disk_full(error) else f"The zip could not be kept ({error.strerror}). Try again."
    return ""


# ── one set ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _card(set_id: str, job: str, was_going: bool) -> None:
    with errors.sentences():  # the fragment also runs alone
        store = shared()
        images = store.images.get(set_id)
        if images is None or images.job != job or (images.state in WORKING) != was_going:
            st.rerun(scope="app")
        with st.container(border=True, key=f"set-{set_id}", gap="small"):
            if images.state == "gone" or (images.job == "read" and images.state == "failed"):
                _ended(images, store)
            elif was_going:
                _progress(images, store)
            elif "preview" in images.record:
                _previewed(images, store)
            else:
                _standing(images, store)


def _progress(images: ImageSet, store: Store) -> None:
    st.header(images.name, anchor=False)
    reading = images.job == "read"
    words = "Reading your images" if reading else "Training a teacher"
    if images.state == "queued":
        before = store.jobs.before(images.id, images.job)
        waits = f"{before} {'other is' if before == 1 else 'others are'} before you" if before else "in a moment"
        words = f"{words}: {waits}"
    elif images.message:
        words = f"{words}: {images.message}"
    st.progress(min(1.0, max(0.0, images.done)), text=words)
    st.button("Cancel", key=f"cancel-{images.id}", on_click=_cancel, args=(store, images))
    if not reading:
        _classes(images)


def _ended(images: ImageSet, store: Store) -> None:
    """They made room for others, or could not be read."""
    if images.state == "gone":
        st.markdown(f"**{images.name}.** {images.message}")
    else:
        st.markdown(f":red[**“{images.name}” cannot be used.**]")
        st.text(images.message)
    st.button("All right", key=f"remove-{images.id}", on_click=_remove, args=(store, images))


# ── what was understood, and what the learner decides ────────────────────────────────────────────────────────────


def _previewed(images: ImageSet, store: Store) -> None:
    """A contact sheet of what was read, with names to change and questions to answer, before anything is trained."""
    preview = images.record["preview"]
    st.header(images.name, anchor=False)
    sides = _sides(images.record)
    st.markdown(
        f"**This is what was understood: {images.record['read']:,} images in {len(preview['classes'])} classes**, "
        f"shown as the students will see them, at {sides}. Nothing is trained yet. A name that is wrong can be changed."
    )
    _said(images.record["notes"])
    on_change: dict[str, Any] = {"on_change": _choose, "args": (store, images)}
    said = images.record.get("choices", {})
    with st.container(key=f"sheet-{images.id}"):
        for number, name, count in _rows(preview):
            with st.container(key=f"class-{images.id}-{number}", gap="xxsmall"):
                why = preview["unusable"].get(name, "")
                if count:
                    label = f"Class {number + 1}: {count:,} {'image' if count == 1 else 'images'}"
                    key, value = _key(images, "name", number), said.get("names", {}).get(name, name)
                    st.text_input(label, value, key=key, max_chars=NAME_LENGTH, **on_change)
                    row = f"{API}/data/{images.id}/class/{number}.png"
                    st.html(f'<div class="own-row"><img src="{row}" alt="Some images of class {number + 1}"></div>')
                if why:
                    st.text(f"“{name}” {why}.")
                    left = name in said.get("left_out", ())
                    st.checkbox("Go on without this class", left, key=_key(images, "without", number), **on_change)
    if preview["several"]:
        _both(images, preview, said.get("both"), on_change)
    _left_out(images)
    questions = own_images.open_questions(images.record)
    if questions:
        with st.container(key=f"open-{images.id}"):
            for question in questions:
                st.text(question)
    if refused := st.session_state.pop(_key(images, REFUSED), ""):
        with st.container(key=f"notice-{images.id}"):
            st.text(refused)
    with st.container(horizontal=True, gap="small"):
        st.button(
            "**Use these pictures**" if questions else ":yellow[**Use these pictures**]",
            key=f"accept-{images.id}",
            type="primary",
            disabled=bool(questions),
            on_click=_accept_preview,
            args=(store, images),
        )
        _removal(images, store)


def _rows(preview: dict[str, Any]) -> Iterator[tuple[int, str, int]]:
    """Number, name and count of each class, those without images last."""
    named = [(one["name"], one["images"]) for one in preview["classes"]]
    empty = [(name, 0) for name in preview["unusable"] if name not in dict(named)]
    yield from ((number, name, count) for number, (name, count) in enumerate(named + empty))


def _both(images: ImageSet, preview: dict[str, Any], both: str | None, on_change: dict[str, Any]) -> None:
    """What becomes of images that are in two classes: the learner decides, and nothing is chosen for them."""
    several, of = preview["several"], preview["several_of"]
    options = ["", *of]
    st.radio(
        f"{several:,} {'picture is' if several == 1 else 'pictures are'} in two classes. What is right?",
        options,
        index=options.index(both) if both in options else None,
        format_func=lambda name: f"They belong to “{own_sets.harmless(name)}”" if name else "Leave them out",
        key=_key(images, "both"),
        **on_change,
    )


def _key(images: ImageSet, what: str, number: int = 0) -> str:
    return f"{what}-{images.id}-{number}"


def _chosen(images: ImageSet) -> dict[str, Any]:
    """What the fields of a preview say."""
    session = st.session_state
    rows = [(number, name) for number, name, _ in _rows(images.record["preview"])]
    names = {name: session[key] for number, name in rows if (key := _key(images, "name", number)) in session}
    left_out = [name for number, name in rows if session.get(_key(images, "without", number))]
    return {"names": names, "left_out": left_out, "both": session.get(_key(images, "both"))}


def _said(notes: list[str]) -> None:
    """Sentences in which a stranger's words may stand."""
    if notes:
        st.html('<ul class="own-notes">' + "".join(f"<li>{html.escape(note)}</li>" for note in notes) + "</ul>")


# ── in use ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _standing(images: ImageSet, store: Store) -> None:
    """Read and not yet taught, taught, or a training that ended early."""
    teacher = available.own_teacher(images.id)
    st.header(images.name, anchor=False)
    st.markdown(_counted(images))
    _said(own_images.worth_knowing(images.record))
    if teacher:
        st.markdown(_taught(images, teacher))
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            with st.container(key=f"use-{images.id}", width="content"):
                label = ":yellow[**Use them in the lab**]"
                st.page_link(routes.to("lab"), label=label, query_params=to_lab(images.id))
            _removal(images, store)
    elif images.job == "teach" and images.state == "failed":
        st.markdown(f":red[The teacher’s training did not end well.] {images.message}")
    elif images.job == "teach" and images.state == "cancelled":
        st.markdown("The teacher’s training was cancelled. It can go on from there.")
    _classes(images, teacher.record.get("class_accuracy", []) if teacher else [])
    _left_out(images)
    if teacher is None:
        name = st.text_input(
            "What should they be called?",
            images.name,
            max_chars=own_sets.NAME_LENGTH,
            key=f"name-{images.id}",
            help="Stands on the lab’s buttons. Letters, digits and spaces.",
        )
        mirror = st.checkbox(
            "A mirror image shows the same thing",
            bool(images.record.get("mirror", images.record["channels"] == 3)),
            key=f"mirror-{images.id}",
            help="True for most photographs: the teacher then learns from mirror images, too. "
            "Not for letters, digits or arrows.",
        )
        learn = sum(one["learn"] for one in images.record["classes"])
        seconds = own_sets.teacher_seconds(learn, images.record["channels"])
        st.markdown(f"The teacher trains for about **{seconds:,} s** if nobody else trains here, else for longer.")
        with st.container(horizontal=True, gap="small"):
            again = images.job == "teach"
            label = "Go on with the teacher" if again else "Train a teacher"
            asked = (store, images, name, mirror)
            st.button(f":yellow[**{label}**]", key=f"teach-{images.id}", type="primary", on_click=_teach, args=asked)
            _removal(images, store)


def _removal(images: ImageSet, store: Store) -> None:
    with st.popover("Remove these images", type="tertiary"):
        st.markdown("The images and their teacher go for good. Runs that were made with them keep their numbers.")
        st.button("Remove them", key=f"remove-{images.id}", on_click=_remove, args=(store, images))


def to_lab(set_id: str) -> dict[str, str]:
    """The lab's address with these images, what it opens on with them, and its student and method as they were."""
    before = address.written(lab.TAB)
    kept = {key: before[key] for key in ("student", "method") if key in before}
    if METHODS.get(kept.get("method", ""), METHODS["kd"]).as_they_are:
        del kept["method"]  # it knows no shifted images, which these students learn from
    return query_from(opening_settings(set_id), None, None) | kept


def _counted(images: ImageSet) -> str:
    classes = images.record["classes"]
    learn, test = (sum(one[part] for one in classes) for part in ("learn", "test"))
    counts = f"**{learn:,} images to learn from** and **{test:,} to test on**"
    return f"{len(classes)} classes, {counts}, {_sides(images.record)}."


def _sides(record: dict[str, Any]) -> str:
    return f"{record['size']} × {record['size']} pixels {'in colour' if record['channels'] == 3 else 'in grey'}"


def _taught(images: ImageSet, teacher: available.TeacherEntry) -> str:
    low, high = teacher.record["accuracy_interval"]
    tests = int(teacher.record["test_images"])
    guessing = chance(images.id) or 1 / len(images.record["classes"])
    said = (
        f"Its :blue[**teacher**] gets **{rounded(100 * teacher.accuracy, 1)}%** of {tests:,} test images right "
        f"(95% interval {low:.0%} to {high:.0%})."
    )
    if low <= guessing:
        said += (
            f" That may be no better than guessing ({guessing:.0%}): students will learn little from it. More "
            "images, or classes that differ more at this size, would help."
        )
    return said


def _classes(image_set: ImageSet, right: Sequence[float | None] = ()) -> None:
    """Each class with its counts and a few of its test images, as the students see them.

    right: what share of each class's test images the teacher gets right, if it is known.
    """
    try:
        shown = png.shown_images(image_set.id)
    except PackError as error:
        st.markdown(f":red[{error}]")
        return
    parts = []
    for number, one in enumerate(image_set.record["classes"]):
        name = html.escape(one["name"])
        images = [at for at, label in enumerate(shown.labels) if label == number][:SHOWN]
        sources = "".join(f'<img src="{API}/data/{image_set.id}/test/{at}.png" alt="" loading="lazy">' for at in images)
        counts = f"{one['learn']:,} to learn from, {one['test']:,} to test on"
        if number < len(right) and (share := right[number]) is not None:
            counts += f"; the teacher gets {share:.0%} of these right"
        head = f'<b title="{name}"><bdi>{name}</bdi></b><span>{counts}</span>'
        parts.append(f'<li>{head}<div aria-hidden="true">{sources}</div></li>')
    st.html(f'<ul class="own-classes">{"".join(parts)}</ul>')


def _left_out(images: ImageSet) -> None:
    """What was left out, and why; nothing if all could be used."""
    record: dict[str, Any] = images.record
    damaged, aside, repeated = record["damaged_count"], record["aside_count"], record.get("repeated", 0)
    several = record.get("several", 0)
    if not damaged + aside + repeated + several:
        return
    said = []
    if repeated:
        said.append(f"{repeated:,} the same as another image")
    if damaged:
        said.append(f"{damaged:,} that cannot be used")
    if several:
        said.append(f"{several:,} that are in two classes")
    if aside:
        said.append(f"{aside:,} that {'is' if aside == 1 else 'are'} no image")
    with st.expander(f"Left out: {', '.join(said)}"):
        lines = [f"{one['file']} {one['why']}" for one in record["damaged"]]
        lines += [f"{file} is no image" for file in record["aside"]]
        more = damaged + aside - len(lines)
        lines += [f"and {more:,} more"] if more > 0 else []
        lines += [f"{several:,} images are in two classes: you left them out, or to one of these"] if several else []
        lines += [f"{repeated:,} images are the same as another; each was taken once"] if repeated else []
        st.html("<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line in lines) + "</ul>")


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


@errors.press
def _cancel(store: Store, images: ImageSet) -> None:
    store.images.cancel(images.id, images.learner)


@errors.press
def _choose(store: Store, images: ImageSet) -> None:
    own_images.choose(store, images, _chosen(images))


@errors.press
def _accept_preview(store: Store, images: ImageSet) -> None:
    own_images.choose(store, images, _chosen(images))
    try:
        own_images.use(store, store.images.get(images.id) or images)
    except StoreError as error:  # the card says it, beside the button: it is drawn alone
        st.session_state[_key(images, REFUSED)] = str(error)


@errors.press
def _remove(store: Store, images: ImageSet) -> None:
    store.images.remove(images.id, images.learner)


@errors.press
def _teach(store: Store, images: ImageSet, name: str, mirror: bool) -> None:
    store.images.ask_for_teacher(images.id, images.learner, own_sets.plain_name(name), mirror=mirror)


def _notice(sentence: str) -> None:
    with st.container(key="notice-images"):
        st.text(sentence)
