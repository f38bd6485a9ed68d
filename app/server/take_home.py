"""A page to take home: a learner's own student, in one file that runs by itself and asks nobody."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from app.catalog import architecture
from app.catalog.available import drawable
from app.catalog.declared import METHODS
from app.catalog.rounding import rounded
from app.components import scripts
from app.components.bundle import bundled
from app.experiments.final import reached
from app.experiments.students import Student, student_file

LARGEST_PAGE = 150_000  # bytes of a page whose numbers are float32; a larger one has them as float16
PAGE = scripts.ROOMS["components/js"] / "page"
_COLOURS = ("background", "secondaryBackground", "text", "border", "blue", "orange", "gray", "green", "red", "violet")
_PAD = """\
<canvas class="pad" width="112" height="112" tabindex="0" role="img" aria-label="Drawing pad. Arrow keys move the pen, \
the space bar puts it down and lifts it."></canvas>
<div class="sees"><canvas class="seen" width="28" height="28" role="img" aria-label="The drawing as the student sees \
it"></canvas><span class="muted">what the student sees</span></div>
<div class="tools" role="group" aria-label="Drawing tools"><button type="button" class="plain" data-pad="undo">Undo\
</button><button type="button" class="plain" data-pad="empty">Clear</button><button type="button" class="plain" \
data-pad="rub" aria-pressed="false">Eraser</button></div>"""
_PHOTOGRAPH = """\
<canvas class="seen" width="{side}" height="{side}" role="img" aria-label="The picture as the student sees it"></canvas>
<p><label>Show it a picture of yours: <input type="file" class="photograph" accept="image/*"></label></p>
<p class="trouble" role="status" hidden></p>
<p class="muted">The middle of the picture is made as small as the student knows them. It stays on this device.</p>"""


def page(
    student: Student,
    classes: Sequence[str],
    told: Sequence[str],
    rounding: Mapping[str, Any] | None = None,
    *,
    half: bool = False,
) -> str:
    """The page, as HTML. told: sentences about how it was taught and what it can do. half: its numbers as float16.

    rounding: what that changed: {"most": of any logit, "changed": answers, "images"}, None if nobody could measure it.
    """
    script = f"(() => {{\n{bundled('components/js/page/take_home.js')}}})()\n"
    numbers = architecture.parameters(student.layers)
    side = student.data.size
    shown = "a drawing" if drawable(student.data.id) else "a picture"
    lead = (
        f"This page is a student: {numbers:,} numbers, and the arithmetic that turns {shown} into an answer. It runs "
        "on your device, asks no server, sends nothing, and needs no network."
    )
    knows = f"It knows {_listed(classes)}, and nothing else: whatever else you show it gets a confident answer, too."
    weights = base64.b64encode(student_file(student, classes, half=half)).decode()
    body = _text("take_home.html")
    parts = {
        "lead": escape(lead),
        "shows": _PAD if drawable(student.data.id) else _PHOTOGRAPH.format(side=side),
        "about": "\n".join(f"<p>{escape(one)}</p>" for one in (*filter(None, told), knows)),
        "weights": weights,
    }
    for name, text in parts.items():
        body = body.replace(f"{{{{{name}}}}}", text)
    size = 1 + (len(body) + len(script) + len(_style())) // 1000
    body = body.replace("{{size}}", escape(_size_words(size, rounding, half=half)))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(script)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>A student in your hand</title><style>{_style()}</style></head>\n"
        f"<body>{body}<script>{script}</script></body></html>\n"
    )


def policy(script: str) -> str:
    """The Content-Security-Policy of the page: its own script and nothing else, no address at all."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    parts = ("default-src 'none'", f"script-src 'sha256-{digest}'", "style-src 'unsafe-inline'", "img-src blob: data:")
    return "; ".join((*parts, "base-uri 'none'", "form-action 'none'"))


def _size_words(kilobytes: int, rounding: Mapping[str, Any] | None, *, half: bool) -> str:
    size = f"This file has about {kilobytes} KB. "
    if not half:
        return f"{size}Its numbers are the ones that were trained, digit by digit (float32)."
    kept = f"{size}Its numbers are rounded to half as many digits (float16), to keep it small"
    if rounding is None:
        return f"{kept}. What that changes was not measured, since the images are not on the server."
    return (
        f"{kept}: on {rounding['images']:,} test images that changes no logit by more than "
        f"{rounded(rounding['most'], 4)}, and {rounding['changed']:,} of the answers."
    )


def taught_words(student: Student, spec: Mapping[str, Any]) -> str:
    """How the student was taught, in a sentence or two. spec: of its run, as JSON."""
    data, arm, method = student.data, student.arm, METHODS.get(student.arm["method"])
    images = f"{spec['labels']:,} labelled images of {data.name} ({data.words})"
    uses_teacher = method is not None and method.uses_teacher and arm["role"] != "labels"
    if uses_teacher and spec.get("unlabelled"):
        images += f" and {spec['unlabelled']:,} that only its teacher marked"
    told = f"It learned from {images}, in {spec['epochs']} epochs."
    if method is None or not method.uses_teacher:
        return f"{told} No teacher helped: {method.words.removeprefix('no teacher: ')}." if method else told
    softness = (
        f", softened at T = {rounded(arm['temperature'], 1).removesuffix('.0')}" if method.uses_temperature else ""
    )
    weight = rounded(arm["alpha"], 2).rstrip("0").rstrip(".")
    return f"{told} How its teacher taught it: {method.words}{softness}; the teacher’s weight was α = {weight}."


def reached_words(student: Student, events: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> str:
    """How often it is right, beside its teacher; "" if that is not known."""
    points = [event for event in events if event.get("kind") == "point"]
    try:
        end = reached(points[-1], int(record["test_images"]), record.get("teacher_accuracy"))
        own = end.accuracy[student.place[0]][student.place[1]]
    except (IndexError, KeyError, TypeError, ValueError):
        return ""
    beside = f"; its teacher is on {rounded(100 * end.teacher, 1)}%" if end.teacher is not None else ""
    return f"It is right on {rounded(100 * own, 1)}% of {end.images:,} test images that it never saw{beside}."


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


@cache
def _style() -> str:
    """Its style: the theme's colours, light and dark, and what the page shares with Distillery's."""
    themes = [
        "".join(f"--st-{_kebab(name)}-color: {st.get_option(f'theme.{theme}.{name}Color')}; " for name in _COLOURS)
        for theme in ("light", "dark")
    ]
    shared = [scripts.ROOMS["components/js"] / f"{name}.css" for name in ("roles", "soft_bars")]
    own = [file.read_text(encoding="utf-8") for file in (*shared, PAGE / "take_home.css")]
    light, dark = (f":root {{ {theme}}}" for theme in themes)
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}\n{''.join(own)}"


def _kebab(name: str) -> str:
    return "secondary-background" if name == "secondaryBackground" else name


@cache
def _text(name: str) -> str:
    return Path(PAGE / name).read_text(encoding="utf-8")
