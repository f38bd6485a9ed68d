"""Mounts a component: HTML and styles that Streamlit holds, and an ES module that the server gives.

Streamlit runs a component's script from a blob, which cannot import its neighbours; so the script that it gets is only
a loader, and the modules come from the JSON routes under a versioned address, where a browser may keep them for ever.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from app.components import scripts
from app.components.base_path import API

_LOADER = """
export default function (component) {
  let leave = null, left = false
  import(new URL(component.data.module, document.baseURI))
    .then((module) => { if (!left) leave = module.default(component) })
    .catch((error) => {
      console.error(error)
      component.parentElement.textContent = "This part of the page could not be loaded. Reload the page."
    })
  return () => { left = true; leave?.() }
}
"""


def mount(name: str, data: Mapping[str, Any], key: str, on: Mapping[str, Callable[[], object]] | None = None) -> None:
    """Mount a component of components/js, or a figure by its folder's name.

    data: see its script, which also gets `api`, the address of the JSON routes. key: of this place. on: by the name of
    what the browser may send (see `sent`), what hears it.
    """
    script, _html, _styles = files(name)
    addresses = {"module": scripts.address(script), "api": API}
    heard = {f"on_{event}_change": call for event, call in (on or {}).items()}
    _declared(name)(key=key, data={**addresses, **data}, **heard)


def sent(state: Mapping[str, Any], key: str, event: str) -> Any:
    """What the browser sent from the component `key`, None if nothing. state: the session."""
    return (state.get(key) or {}).get(event)


def files(name: str) -> tuple[str, Path, Path]:
    """(script, below a version; HTML; styles, if there are any) of a component or a figure."""
    js, figure = scripts.ROOMS["components/js"], scripts.ROOMS["figures"] / name
    if (figure / "figure.html").is_file():
        return f"figures/{name}/figure.js", figure / "figure.html", figure / "figure.css"
    return f"components/js/{name}.js", js / f"{name}.html", js / f"{name}.css"


@lru_cache
def _declared(name: str) -> Any:
    """The component, declared when it is first mounted: Streamlit takes none before its server is up.

    Threads that come together declare it twice, which changes nothing; a runtime that knows it not yet hears of it when
    it is mounted.
    """
    _script, html, css = files(name)
    styles = [
        scripts.ROOMS["components/js"] / f"{shared}.css" for shared in ("roles", "chart", "soft_bars", "own_run")
    ] + [css]
    style = "".join(file.read_text(encoding="utf-8") for file in styles if file.is_file())
    body = html.read_text(encoding="utf-8") + "\n<!-- a second line: this is no path -->\n"
    # Not isolated: Plotly puts its styles into the document's head.
    return st.components.v2.component(f"distillery_{name}", html=body, css=style, js=_LOADER, isolate_styles=False)
