"""Declares a component whose JavaScript is an ES module of `js/`, served by the JSON routes under a versioned address.

Streamlit runs a component's script from a blob, which cannot import its neighbours; so the script that it gets is only
a loader, and the modules come from the server, where a browser may keep them for ever.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

SCRIPTS = Path(__file__).parent / "js"

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


def declare(name: str) -> Any:
    """The component `name`, from js/NAME.html and js/NAME.css. Mount it with data that has `module_of(base, name)`."""
    style = "".join((SCRIPTS / f"{part}.css").read_text(encoding="utf-8") for part in ("roles", "chart", name))
    html = (SCRIPTS / f"{name}.html").read_text(encoding="utf-8") + "\n<!-- a second line: this is no path -->\n"
    # Not isolated: Plotly puts its styles into the document's head.
    return st.components.v2.component(f"distillery_{name}", html=html, css=style, js=_LOADER, isolate_styles=False)


def module_of(base: str, name: str) -> str:
    """The address of js/NAME.js below `base`, the versioned address of app/components."""
    return f"{base}/js/{name}.js"
