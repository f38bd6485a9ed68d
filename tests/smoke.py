"""A smoke visit in a browser that no test drives: open, train, draw, answer. Run by hand, on Linux:

python -m tests.smoke webkit     # Debian's webkit2gtk-driver and xvfb
python -m tests.smoke firefox    # Debian's firefox-esr
"""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from PIL import Image
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests import drawing
from tests.serving import serving
from tests.waiting import wait_for

PATIENCE = 120.0  # seconds for each thing that is waited for
PORT, DISPLAY, DESK = 9550, ":95", (1440, 900)
MINIBROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
SOFTLY = {"WEBKIT_DISABLE_COMPOSITING_MODE": "1", "WEBKIT_DISABLE_DMABUF_RENDERER": "1", "LIBGL_ALWAYS_SOFTWARE": "1"}


class Browser:
    """What the visit asks of a browser. A click is the pointer's own, at the middle of what is clicked."""

    heard: list[str] = []  # noqa: RUF012  # what the console said, where that is told

    @abstractmethod
    def open(self, url: str) -> None:
        """Go to an address."""

    @abstractmethod
    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""

    @abstractmethod
    def act(self, source: dict[str, Any]) -> None:
        """What a mouse or a keyboard does, as both protocols take it."""

    @abstractmethod
    def picture(self) -> bytes:
        """The screen as PNG."""

    def wait(self, script: str) -> Any:
        """Wait until an expression is true; returns its value."""
        return wait_for(lambda: self.evaluate(script), PATIENCE)

    def stroke(self, points: list[tuple[float, float]]) -> None:
        """A line with the button down."""
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 20} for x, y in points]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        self.act({**mouse, "actions": [moves[0], down, *moves[1:], up]})

    def write(self, text: str) -> None:
        """Press keys, one after the other."""
        presses = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        self.act({"type": "key", "id": "keyboard", "actions": presses})

    def click(self, selector: str) -> None:
        """Click the first of these that is seen, once it is at rest."""
        x, y, _, _ = self.box(selector)
        self.stroke([(x, y)])

    def box(self, selector: str) -> tuple[float, float, float, float]:
        """Middle, width and height of the first of these that is seen, brought into view."""
        found = self.wait(
            f"""(() => {{
              const seen = [...document.querySelectorAll({json.dumps(selector)})].find((one) => one.checkVisibility())
              if (!seen) return null
              seen.scrollIntoView({{ block: "center", behavior: "instant" }})
              const {{ x, y, width, height }} = seen.getBoundingClientRect()
              const now = [x + width / 2, y + height / 2, width, height]
              const rests = JSON.stringify(now) === JSON.stringify(window.lastBox)
              window.lastBox = now
              return rests && now
            }})()"""
        )
        x, y, width, height = found
        return x, y, width, height


class WebDriver(Browser):
    """WebKitGTK by its driver, which speaks WebDriver over HTTP."""

    def __init__(self, capabilities: dict[str, Any], screen: Path) -> None:
        self._session, self._screen = "", screen
        self._session = "/" + self._ask("POST", "", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]
        self._ask("POST", "/window/rect", {"width": DESK[0], "height": DESK[1]})

    def open(self, url: str) -> None:
        self._ask("POST", "/url", {"url": url})

    def evaluate(self, script: str) -> Any:
        return self._ask("POST", "/execute/sync", {"script": f"return {script}", "args": []})

    def act(self, source: dict[str, Any]) -> None:
        self._ask("POST", "/actions", {"actions": [source]})

    def picture(self) -> bytes:
        """The screen as Xvfb keeps it, an X window dump: the driver's own screenshot may never come."""
        dump = self._screen.read_bytes()
        head, colours, width, height, line = (int.from_bytes(dump[at : at + 4], "big") for at in (0, 76, 16, 20, 48))
        pixels, kept = dump[head + 12 * colours :], io.BytesIO()
        Image.frombuffer("RGB", (width, height), pixels, "raw", "BGRX", line, 1).save(kept, "PNG")
        return kept.getvalue()

    def close(self) -> None:
        """End the browser."""
        self._ask("DELETE", "")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        address = f"http://127.0.0.1:{PORT}/session{self._session}{path}"
        request = urllib.request.Request(address, content, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]


class BiDi(Browser):
    """Firefox, which speaks WebDriver BiDi over a WebSocket."""

    def __init__(self, line: ClientConnection) -> None:
        self._socket = line
        self._ids, self.heard = count(1), []
        self._ask("session.new", {"capabilities": {}})
        self._ask("session.subscribe", {"events": ["log.entryAdded"]})
        self._page = self._ask("browsingContext.getTree", {})["contexts"][0]["context"]
        width, height = DESK
        self._ask("browsingContext.setViewport", self._here | {"viewport": {"width": width, "height": height}})

    @property
    def _here(self) -> dict[str, str]:
        return {"context": self._page}

    def open(self, url: str) -> None:
        self._ask("browsingContext.navigate", self._here | {"url": url, "wait": "complete"})

    def evaluate(self, script: str) -> Any:
        asked = {"expression": f"JSON.stringify(({script}) ?? null)", "target": self._here, "awaitPromise": False}
        answer = self._ask("script.evaluate", asked)
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def act(self, source: dict[str, Any]) -> None:
        self._ask("input.performActions", self._here | {"actions": [source]})

    def picture(self) -> bytes:
        return base64.b64decode(self._ask("browsingContext.captureScreenshot", self._here)["data"])

    def close(self) -> None:
        """End the browser."""
        self._ask("browser.close", {})

    def _ask(self, method: str, given: dict[str, Any]) -> Any:
        asked = next(self._ids)
        self._socket.send(json.dumps({"id": asked, "method": method, "params": given}))
        while True:
            said = json.loads(self._socket.recv(timeout=PATIENCE))
            if said.get("method") == "log.entryAdded" and said["params"]["level"] == "error":
                self.heard.append(str(said["params"]["text"]))
            if said.get("id") == asked:
                assert said["type"] == "success", said
                return said["result"]


@contextmanager
def running(*command: str, **environment: str) -> Iterator[None]:
    """A process for as long as the block lasts."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=2)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def begun(make: Any) -> Any:
    """What can be made once somebody listens."""

    def tried() -> Any:
        try:
            return make()
        except (OSError, WebSocketException):  # not up yet
            return None

    return wait_for(tried, PATIENCE)


@contextmanager
def webkit(folder: Path) -> Iterator[Browser]:
    """WebKitGTK on a screen that nobody sees."""
    options = {"binary": MINIBROWSER, "args": ["--automation"]}
    named = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
    width, height = DESK
    home = {"DISPLAY": DISPLAY, "HOME": str(folder), **SOFTLY}
    screen = running("Xvfb", DISPLAY, "-screen", "0", f"{width}x{height + 100}x24", "-fbdir", str(folder))
    with screen, running("WebKitWebDriver", f"--port={PORT}", **home):
        browser = begun(lambda: WebDriver(named, folder / "Xvfb_screen0"))
        yield browser
        browser.close()


@contextmanager
def firefox(folder: Path) -> Iterator[Browser]:
    """Firefox without a window."""
    command = ("firefox-esr", "--headless", "--profile", str(folder), "--remote-debugging-port", str(PORT))
    address = f"ws://127.0.0.1:{PORT}/session"
    with running(*command), begun(lambda: connect(address, max_size=None)) as line:
        browser = BiDi(line)
        yield browser
        browser.close()


def visit(browser: Browser, url: str, keep: Path) -> Iterator[str]:
    """Open, train, draw, answer; yields what is seen. keep: a folder for pictures."""
    browser.open(url)
    yield f"agent: {browser.evaluate('navigator.userAgent')}"
    browser.wait("document.querySelector('.st-key-train-now button') && document.querySelector('h1').innerText")
    yield f"open: {browser.evaluate('document.querySelector(`h1`).innerText')}"
    (keep / "open.png").write_bytes(browser.picture())

    browser.open(f"{url}/lab")
    browser.wait("document.querySelector('.bench[data-ready]') !== null")
    browser.click(".st-key-train button:not(:disabled)")
    run = browser.wait("new URL(location).searchParams.get('run')")
    browser.wait(f"document.querySelector('.bench[data-state=finished]')?.dataset.run === '{run}'")
    yield f"train: {browser.evaluate('document.querySelector(`.bench .sentence`).innerText')}"
    (keep / "train.png").write_bytes(browser.picture())

    browser.click('[data-source="drawn"]')
    x, y, width, _ = browser.box("canvas.pad")
    left, top, scale = x - width / 2, y - width / 2, width / drawing.SIDE
    for stroke in drawing.strokes(4):
        browser.stroke([(left + scale * across, top + scale * down) for across, down in stroke])
    browser.wait("document.querySelector('.answers .said')?.innerText.includes('Labels only: ')")
    browser.wait("document.querySelector('.drawing[data-asking=false]') !== null")
    yield f"draw a 4: {browser.evaluate('document.querySelector(`.answers .said`).innerText')}"
    (keep / "draw.png").write_bytes(browser.picture())

    browser.open(f"{url}/lesson?lesson=temperature&step=quiz")
    browser.click(".question[data-ready] :is(.options label, input[type=text])")
    browser.write("5")  # a number, where one is asked for
    browser.click(".question .check")
    browser.wait("document.querySelector('.question .outcome b')?.innerText")
    yield f"answer: {browser.evaluate('document.querySelector(`.question .outcome`).innerText')}"
    (keep / "answer.png").write_bytes(browser.picture())
    yield f"console errors: {browser.heard or 'none heard'}"


def main() -> None:
    """Visit with the browser that is named."""
    kinds = {"webkit": webkit, "firefox": firefox}
    if len(sys.argv) != 2 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    keep = Path(tempfile.mkdtemp(prefix=f"smoke-{sys.argv[1]}-"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        profile = Path(folder) / "profile"
        profile.mkdir()
        with serving(Path(folder) / "home") as served, kinds[sys.argv[1]](profile) as browser:
            for seen in visit(browser, served.url, keep):
                print(seen, flush=True)
    print(f"pictures: {keep}")


if __name__ == "__main__":
    main()
