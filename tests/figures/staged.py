"""A page with one figure, which remembers what a lesson's page would."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.figures import own_run
from app.figures.stage import Stage, show
from app.store import shared
from app.teaching.figures import figures
from tests.views.conftest import ME
from tests.waiting import PATIENCE

KNOWN: dict[str, Any] = {"learner": ME, "settings": {}, "run_id": None, "saved": {}, "fixed": (), "started": ()}


def stage(state: Any) -> Stage:
    """The stage that `state` (a session's, or a dict) describes; what is changed goes there."""

    def change(**values: Any) -> None:
        if "run_id" in values:
            state["run_id"] = values.pop("run_id")
            state["started"] = (*state["started"], state["run_id"])
        state["settings"] = {**state["settings"], **values}

    def say(sentence: str) -> None:
        state["said"] = sentence

    def press(act: Callable[[], None]) -> Callable[[], None]:
        return act

    def lab(query: Mapping[str, str]) -> str:
        return "lab?" + urlencode(query)

    known = {name: state[name] for name in ("learner", "run_id", "saved", "started")}
    return Stage(
        store=shared(),
        lesson="twins",
        settings=state["settings"],
        change=change,
        say=say,
        press=press,
        lab=lab,
        fixed=frozenset(state["fixed"]),
        **known,
    )


def pressed(monkeypatch: pytest.MonkeyPatch, name: str, options: Mapping[str, Any], what: object, **known: Any) -> Any:
    """What a page knows after the button in a figure's script has sent something: see `OwnRun`."""
    state: dict[str, Any] = KNOWN | {"said": ""} | known
    presses: list[Callable[[], None]] = []
    figure = figures()[name]
    with monkeypatch.context() as patch:
        patch.setattr(own_run, "session", lambda: {"here": {"train": what}})
        mount = f"app.figures.{name.replace('-', '_')}.figure.mount"
        patch.setattr(mount, lambda _name, _data, _key, on: presses.append(on["train"]))
        figure.show(figure.options(**options).model_dump(mode="json"), stage(state), "here")
        presses[0]()
    return state


def mounted() -> None:
    """The script: one figure, with the options and the state that the session holds."""
    state: Any = st.session_state
    name, options = state["figure"]
    show(name, options, stage(state), key="here")


def opened(figure: str, options: Mapping[str, Any] | None = None, **known: Any) -> AppTest:
    """The page with a figure. options: beside its defaults; known: what the page knows, beside KNOWN."""

    def script() -> None:
        from tests.figures.staged import mounted

        mounted()

    page = AppTest.from_function(script, default_timeout=PATIENCE)
    page.session_state["figure"] = (
        figure,
        figures()[figure].options(**(options or {})).model_dump(mode="json"),
    )
    for name, value in (KNOWN | {"said": ""} | known).items():
        page.session_state[name] = value
    page.run()
    assert not page.exception
    return page


def sent(page: AppTest) -> dict[str, Any]:
    """What the first component of the page was given."""
    data: dict[str, Any] = json.loads(page.get("bidi_component")[0].proto.json)
    return data
