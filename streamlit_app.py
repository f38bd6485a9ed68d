"""The door: `streamlit run streamlit_app.py` serves the page (app/main.py) and the JSON routes, the runner beside."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from app.catalog import paths
from app.server import (
    base_path,
    identity,
    open_files,
    page_addresses,
    page_bootstrap,
    site,
    site_protection,
    slow_requests,
    static_gzip,
    streamlit_internals,
    supervisor,
)
from app.server.api import ApiFirst, assets
from app.server.moved_lessons import bring_along
from app.server.uploads import UploadGuard
from app.views import lab, routes, runs  # noqa: F401  # what every page needs is loaded before the first visitor comes


@asynccontextmanager
async def lifespan(server: Any) -> AsyncIterator[None]:
    """Load what every page needs, bring along what learners did in lessons that changed since, start the runner, and
    end it with the server.
    """
    bring_along()
    async with supervisor.lifespan(server), open_files.expiring_sessions(), slow_requests.ending_quiet_connections():
        threading.Thread(target=assets.plotly_files, daemon=True, name="compress-plotly").start()
        gc.collect()
        gc.freeze()  # Streamlit collects after every script run; what is loaded now need not be looked at again
        yield


try:
    this_site = site.here()
except site.SettingError as error:
    raise SystemExit(str(error)) from None
open_files.raise_limit()
paths.keep_private()
identity.require_key()
streamlit_internals.pass_over_fragments_of_a_page_left()
app = st.App(
    Path(__file__).parent / "app" / "main.py",
    middleware=[
        Middleware(site_protection.SiteProtection, site=this_site),
        Middleware(base_path.BasePath),
        Middleware(open_files.AdmissionControl),
        Middleware(slow_requests.SlowBodies),
        Middleware(UploadGuard),
        Middleware(ApiFirst),
        Middleware(page_addresses.PageAddresses, pages=routes.PAGES.values(), first=routes.FIRST),
        Middleware(static_gzip.StaticGzip),
        Middleware(page_bootstrap.PageBootstrap),
        Middleware(identity.IdentityMiddleware),
    ],
    lifespan=lifespan,
)
