"""The door: `streamlit run streamlit_app.py` serves the page (app/main.py), the JSON routes and the runner beside it."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from app import identity
from app.experiments import api, live


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Import what every page needs, start the runner, and end it with the server."""
    import app.views.lab  # noqa: F401  (before the collection below)

    async with live.lifespan(app):
        threading.Thread(target=api.plotly_files, daemon=True, name="compress-plotly").start()
        gc.collect()
        gc.freeze()  # Streamlit collects after every script run; what is loaded now need not be looked at again
        yield


app = st.App(
    Path(__file__).parent / "app" / "main.py",
    routes=api.routes(),
    middleware=[Middleware(identity.IdentityMiddleware)],
    lifespan=lifespan,
)
