"""Whatever leans on Streamlit's inside, which an upgrade may change: see tests/server/test_streamlit_internals.py."""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

import streamlit
from streamlit import runtime
from streamlit.navigation.page import StreamlitPage as StreamlitPage
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType
from streamlit.runtime.uploaded_file_manager import UploadedFile as UploadedFile
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from app.server.base_path import BASE_PATH

HEALTH = "/_stcore/health"
FOLDERS = frozenset({"_stcore", "static", "app", "media", "component", "vendor", "oauth2callback", "auth"})  # its own
CLOSED = "_stcore/metrics"  # how many sessions there are, and what they hold
UPLOAD = "/_stcore/upload_file"  # then the session's id and the file's
STATIC = Path(streamlit.__file__).parent / "static"
HASHED_FILE = re.compile(r"static/(?:js|css)/[\w.-]+\.(?:js|css)", re.ASCII)  # never changes under its name
FILES_OF_A_SESSION = 3  # its event loop's

# From an address like /lab the page's script would ask twice where its server is: below /lab and, a while later, at the
# root. It asks nobody if the page says so itself, together with what the server would answer about embedding.
# If the page stands below another path than the server knows, nothing of it can be loaded, and it says what helps.
ASKED = "distillery-asked"  # the name of the element that says which path below its own the server was asked for
ELSEWHERE = (
    "Distillery is reached below “{path}” here, and its server does not know that. "
    "Ask whoever runs it to start it with “--server.baseUrlPath {name}”."
)
_SAY_ELSEWHERE = f"""addEventListener("DOMContentLoaded", () => {{
  const asked = document.querySelector("meta[name={ASKED}]").content, path = decodeURI(location.pathname)
  const below = path.endsWith(asked) ? path.slice(0, path.length - asked.length) : path
  if (below === {json.dumps(BASE_PATH)} || path === {json.dumps(BASE_PATH)}) return
  const said = document.createElement("p")
  said.setAttribute("role", "alert")
  said.style = "max-width: 40rem; margin: 4rem auto; padding: 0 1rem; font: 1.1rem/1.6 system-ui"
  said.textContent = {json.dumps(ELSEWHERE)}.replace("{{path}}", below).replace("{{name}}", below.slice(1))
  document.body.replaceChildren(said)
}})"""
BOOTSTRAP = (
    f"<script>window.__streamlit = {{BACKEND_BASE_URL: location.origin + {json.dumps(BASE_PATH)}, "
    "HOST_CONFIG: {allowedOrigins: [location.origin], useExternalAuthToken: false}}\n"
    f"{_SAY_ELSEWHERE}</script>"
).encode()
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def inline_script_hashes() -> tuple[str, ...]:
    """What a Content-Security-Policy calls the scripts in the page itself: Streamlit's, and the bootstrap."""
    pages = (STATIC / "index.html").read_text(encoding="utf-8") + BOOTSTRAP.decode()
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE_SCRIPT.findall(pages))
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def session_id() -> str:
    """The session whose script runs in this thread; "" if none does."""
    running = get_script_run_ctx(suppress_warning=True)
    return running.session_id if running else ""


def pass_over_fragments_of_a_page_left() -> None:
    """Have a fragment's rerun go no further if its page was left. Once, before the server starts.

    What is turned on a page may reach the server after the click that leaves it. The request names the old page:
    Streamlit then empties the new one, or draws the old one in its place if the two requests wait together.
    """
    ask, run = ScriptRequests.request_rerun, ScriptRunner._run_script

    def request_rerun(self: ScriptRequests, new_data: RerunData) -> bool:
        waiting = self._rerun_data
        draws_a_page = self._state is ScriptRequestType.RERUN and not waiting.fragment_id_queue
        if draws_a_page and new_data.fragment_id and waiting.page_script_hash not in ("", new_data.page_script_hash):
            return True
        return ask(self, new_data)

    def run_script(self: ScriptRunner, rerun_data: RerunData) -> None:
        here = self._pages_manager.current_page_script_hash
        if not rerun_data.fragment_id_queue or rerun_data.page_script_hash == here:
            run(self, rerun_data)

    ScriptRequests.request_rerun = request_rerun  # type: ignore[method-assign]
    ScriptRunner._run_script = run_script  # type: ignore[method-assign]


# Streamlit keeps a closed session for two minutes, so that a browser which lost its connection finds it again. All that
# follows belongs on the event loop's thread.


def kept_sessions() -> list[str]:
    """The ids of closed sessions that are still kept, the oldest first."""
    return [info.session.id for info in _storage().list()]


def close_session(session_id: str) -> None:
    """Let a session go, and with it its open files and uploads."""
    runtime.get_instance().close_session(session_id)


def is_active(session_id: str) -> bool:
    """Whether a browser is connected with this session. From any thread."""
    return runtime.get_instance().is_active_session(session_id)


def forget_uploads(session_id: str) -> None:
    """Let go of the files that a session has sent. From any thread."""
    runtime.get_instance().uploaded_file_mgr.remove_session_files(session_id)


def expire_sessions() -> None:
    """Let go of the kept sessions whose time is over; Streamlit does so only when another one closes."""
    cache = _storage()._cache
    assert isinstance(cache, TTLCache)
    for _, info in cache.expire():
        info.session.shutdown()


def _storage() -> MemorySessionStorage:
    manager = runtime.get_instance()._session_mgr
    assert isinstance(manager, WebsocketSessionManager) and isinstance(manager._session_storage, MemorySessionStorage)
    return manager._session_storage
