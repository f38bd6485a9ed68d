"""What Distillery leans on inside Streamlit. After an upgrade this fails first, and says what to look at.

Read `app/server/streamlit_internals.py` beside the new version, mend what fails here, then raise `LOOKED_AT`.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import sys
import tomllib
from typing import Any

import pytest
import streamlit
from streamlit import config
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from streamlit.web.server.starlette import starlette_routes

from app.catalog.paths import PROJECT
from app.server import streamlit_internals
from app.server.streamlit_internals import FILES_OF_A_SESSION, HASHED_FILE, STATIC

LOOKED_AT = "1.67.0"


def scripts() -> str:
    return "".join(file.read_text("utf-8") for file in (STATIC / "static" / "js").glob("*.js"))


def test_the_version_is_the_one_that_was_looked_at() -> None:
    assert streamlit.__version__ == LOOKED_AT, __doc__


def test_the_page_takes_its_servers_address_from_its_head() -> None:
    assert (STATIC / "index.html").read_text("utf-8").count("<head>") == 1
    text = scripts()
    for name in ("window.__streamlit", "BACKEND_BASE_URL", "HOST_CONFIG", "allowedOrigins", "useExternalAuthToken"):
        assert name in text, name


def test_the_page_tells_whether_its_script_runs_and_the_server_is_there() -> None:
    """asked.js reads it to know that a press was answered, connection.js to know when one can be sent."""
    text = scripts()
    for name in ("data-test-script-state", "notRunning", "stApp", "data-test-connection-state", "CONNECTED"):
        assert name in text, name


def test_the_dialog_on_a_lost_connection_can_be_told_and_closed() -> None:
    """away.js closes it; once closed it stays so until the page is connected again."""
    text = scripts()
    for name in ("Connection error", "stDialog", "DISCONNECTED_FOREVER", "connectionErrorDismissed"):
        assert name in text, name
    assert re.search(r'"aria-label":`Close`,type:`button`,onClick:', text)


def test_scripts_and_styles_are_named_by_their_content() -> None:
    files = [file.relative_to(STATIC).as_posix() for kind in ("js", "css") for file in STATIC.rglob(f"*.{kind}")]
    assert len(files) > 50
    assert [file for file in files if not HASHED_FILE.fullmatch(file) or not re.search(r"\.[\w-]{8,}\.", file)] == []


def test_an_uploaded_file_lies_in_memory_below_its_session() -> None:
    """`UPLOAD`, `uploaded_file_mgr.remove_session_files`, `is_active_session`, and 204 where a file was taken."""
    memory = MemoryUploadedFileManager("/x")
    memory.add_file("s", UploadedFileRec("f", "a.zip", "application/zip", b"abc"))
    memory.remove_session_files("s")
    assert not memory.get_files("s", ["f"])
    assert f"{starlette_routes.BASE_ROUTE_UPLOAD_FILE}" == streamlit_internals.UPLOAD.strip("/")
    source = inspect.getsource(starlette_routes.create_upload_routes)
    assert "{session_id}/{file_id}" in source and "Response(status_code=204)" in source
    assert isinstance(Runtime.uploaded_file_mgr, property) and callable(Runtime.is_active_session)


def test_a_session_that_is_over_gives_its_open_files_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept after its end, expired by time: `_session_mgr`, `_session_storage`, `_cache.expire()`, `shutdown()`."""
    storage, now = MemorySessionStorage(ttl_seconds=120), [0.0]
    assert isinstance(storage._cache, TTLCache)
    storage._cache._timer = lambda: now[0]

    class Manager(WebsocketSessionManager):
        def __init__(self) -> None:
            self._session_storage = storage

    class Stage:
        _session_mgr = Manager()

    monkeypatch.setattr("streamlit.runtime.get_instance", Stage)
    monkeypatch.setattr("streamlit.runtime.exists", lambda: False)

    async def end_one() -> None:
        before = len(os.listdir("/dev/fd"))
        session: Any = AppSession.__new__(AppSession)
        unused: Any = type("Unused", (), {"__getattr__": lambda *_: lambda *_, **__: None})()
        script: Any = type("Script", (), {"main_script_path": str(PROJECT / "app" / "main.py")})()
        session.__init__(script, unused, unused, None, {})
        storage.save(SessionInfo(None, session))
        assert len(os.listdir("/dev/fd")) == before + FILES_OF_A_SESSION
        assert streamlit_internals.kept_sessions() == [session.id]
        now[0] = 121.0
        streamlit_internals.expire_sessions()
        assert len(os.listdir("/dev/fd")) == before

    if sys.platform != "win32":
        asyncio.run(end_one())
    assert "_session_mgr" in inspect.getsource(Runtime.__init__)
    assert "_session_storage" in inspect.getsource(WebsocketSessionManager.__init__)
    assert "session_id" in inspect.signature(Runtime.close_session).parameters


def test_a_fragment_of_a_page_left_changes_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """`_state`, `_rerun_data`, `_pages_manager`, `_run_script`: else it would change the page that was asked for."""
    ran: list[RerunData] = []
    monkeypatch.setattr(ScriptRequests, "request_rerun", ScriptRequests.request_rerun)  # is put back at the end
    monkeypatch.setattr(ScriptRunner, "_run_script", lambda runner, rerun_data: ran.append(rerun_data))
    streamlit_internals.pass_over_fragments_of_a_page_left()

    def asked_next(*requests: RerunData) -> RerunData:
        queue = ScriptRequests()
        for request in requests:
            assert queue.request_rerun(request)
        return queue.on_scriptrunner_ready().rerun_data

    page, left = RerunData(page_script_hash="new"), RerunData(page_script_hash="old", fragment_id="dial")
    here = RerunData(page_script_hash="new", fragment_id="dial")
    assert asked_next(page, left).page_script_hash == "new"
    assert asked_next(left, here).fragment_id_queue == ["dial"]
    assert asked_next(here, RerunData(page_script_hash="old")).page_script_hash == "old"

    runner: Any = ScriptRunner.__new__(ScriptRunner)
    runner._pages_manager = type("Pages", (), {"current_page_script_hash": "new"})()
    for request in (page, left, here, RerunData(page_script_hash="old")):
        runner._run_script(asked_next(request))
    assert [(request.page_script_hash, request.fragment_id_queue) for request in ran] == [
        ("new", []),
        ("new", ["dial"]),
        ("old", []),
    ]
    assert "self._pages_manager = " in inspect.getsource(ScriptRunner.__init__)
    assert "self._run_script(request.rerun_data)" in inspect.getsource(ScriptRunner._run_script_thread)
    assert "self._scriptrunner.request_rerun(rerun_data)" in inspect.getsource(AppSession.request_rerun)


def test_every_option_that_is_set_exists() -> None:
    set_here = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text("utf-8"))
    names = {f"{part}.{name}" for part, options in set_here.items() if part != "theme" for name in options}
    assert {"runner.postScriptGC", "server.enableStaticServing"} <= names
    assert names | {"server.baseUrlPath", "server.disconnectedSessionTTL"} <= set(config._config_options_template)


def test_the_test_ids_that_our_styles_name_exist() -> None:
    styles = "".join(file.read_text("utf-8") for file in (PROJECT / "app").rglob("*.css"))
    named, text = set(re.findall(r'data-testid="?([\w-]+)', styles)), scripts()
    assert len(named) > 10
    assert sorted(name for name in named if name.partition("-")[0] not in text) == []  # stBaseButton-KIND


def test_nothing_else_of_the_app_looks_inside() -> None:
    inside = []
    for file in (PROJECT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            inside += [file.name for name in names if name.startswith("streamlit.")]
    assert set(inside) == {"streamlit_internals.py"}
