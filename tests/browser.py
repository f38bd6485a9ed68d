"""Find a Chromium for the browser tests, or get one. `python -m tests.browser` prints its path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
ARGUMENTS = (  # headless, without the calls home that a browser makes by itself
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """Path of a Chromium that starts: DISTILLERY_BROWSER, an installed one, or Playwright's own; None without one."""
    return next((path for path in candidates() if path and Path(path).is_file() and starts(path)), None)


def candidates() -> Iterator[str | None]:
    """Where a browser may be, the likeliest first."""
    yield os.environ.get("DISTILLERY_BROWSER")
    yield from map(shutil.which, NAMES)
    yield from PLACES
    yield playwrights_own()  # asked last: it starts a process


def starts(path: str) -> bool:
    """True where the browser can be run at all (a package may hold a mere pointer to another installer)."""
    if sys.platform == "win32":
        return True  # there --version opens a window
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def playwrights_own() -> str | None:
    """Where Playwright keeps, or would keep, the browser that it downloads."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def get() -> str | None:
    """Install a browser, by the system's packages where that is allowed, else by Playwright's download."""
    for commands in (by_packages(), [[sys.executable, "-m", "playwright", "install", "chromium"]]):
        for command in commands:
            print("+", " ".join(command), flush=True)
            if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
                break
        if commands and (found := find()):
            return found
    return None


def by_packages() -> list[list[str]]:
    """Commands that install Chromium from the system's packages; none where they would ask for a password."""
    if not shutil.which("apt-get"):
        return []
    root: list[str] = []
    if sys.platform != "win32" and os.geteuid() != 0:
        allowed = (
            shutil.which("sudo")
            and not subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
        )
        if not allowed:
            return []
        root = ["sudo", "-n"]
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    return [[*root, "apt-get", "update", "-qq"], [*root, *install]]


def main() -> None:
    """Print the path of a browser, after getting one where there is none."""
    found = find() or get()
    if found is None:
        raise SystemExit(
            "No Chromium was found and none could be installed. Install Chromium or Chrome, or name one: "
            "DISTILLERY_BROWSER=/path/to/chromium make test"
        )
    print(found)


if __name__ == "__main__":
    main()
