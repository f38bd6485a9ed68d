"""The house rules that no linter knows: pins, sizes, words, and what stays out."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import socket
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 500  # lines
WIDEST = 120  # characters


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project that git knows or would add, relative to its root."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    return tuple(sorted({Path(line) for line in listed.splitlines() if (ROOT / line).is_file()}))


def texts(*suffixes: str) -> list[Path]:
    """The project's files with one of these endings."""
    return [file for file in tracked() if file.suffix in suffixes]


def read(file: Path) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


# ── documents ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_links_in_the_documents_lead_somewhere() -> None:
    for document in texts(".md"):
        if document.parts[0] == "lessons":
            continue  # their links have schemes of their own, which the linter of lessons holds
        for target in re.findall(r"\]\(([^)#]+)\)", read(document)):
            if not target.startswith("http"):
                assert (ROOT / document.parent / target).exists(), f"{document} links to {target}"


# ── what is pinned is what is tested ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_pinned_versions_are_the_installed_ones(name: str) -> None:
    for line in read(Path(name)).splitlines():
        if line and not line.startswith(("#", "-r ")):
            package, version = line.split("==")
            assert importlib.metadata.version(package).split("+")[0] == version, package


def test_the_product_imports_only_what_is_pinned() -> None:
    pinned = {line.split("==")[0].lower() for line in read(Path("requirements.txt")).splitlines() if "==" in line}
    names = {
        "PIL": "pillow",
        "markdown_it": "markdown-it-py",
        "mdit_py_plugins": "mdit-py-plugins",
        "ruamel": "ruamel.yaml",
    }
    for file in texts(".py"):
        if file.parts[0] == "app" or file.name == "streamlit_app.py":
            for module in imported(file):
                top = module.split(".")[0]
                known = top in sys.stdlib_module_names or top == "app" or names.get(top, top).lower() in pinned
                assert known, f"{file} imports {module}, which requirements.txt does not name"


def imported(file: Path) -> set[str]:
    """Modules that a file imports absolutely, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(read(file))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_file_of_the_product_has_two_rooms_in_one() -> None:
    files = [file for file in texts(".py", ".js") if file.parts[0] != "tests"]
    assert {str(file): n for file in files if (n := len(read(file).splitlines())) > LONGEST} == {}


def test_no_line_of_javascript_is_too_long() -> None:
    """The formatter breaks code, but neither text nor comments."""
    lines = [
        (file, number, line) for file in texts(".js", ".mjs") for number, line in enumerate(read(file).splitlines(), 1)
    ]
    assert [f"{file}:{number}" for file, number, line in lines if len(line) > WIDEST] == []


def test_numbers_are_rounded_in_one_place() -> None:
    """`rounded`, here and in the browser: else a text says 84.2 of what its figure calls 84.3."""
    own = [file for file in texts(".js") if file.parts[0] == "app" and file.name != "format.js"]
    scripts = [str(file) for file in own if ".toFixed(" in read(file)]
    rooms = {"experiments", "teaching", "figures", "views"}
    modules = [file for file in texts(".py") if file.parts[0] == "app" and file.parts[1] in rooms]
    by_hand = re.compile(r"\{[^{}]*:[^{}]*\.(?:\d|\{[^{}]*\})f\}|:\.[1-9]%\}")
    assert (scripts, [str(file) for file in modules if by_hand.search(read(file))]) == ([], [])


def test_no_module_is_a_drawer_for_everything() -> None:
    assert [file for file in tracked() if file.stem in {"utils", "util", "helpers", "misc", "common"}] == []


def test_every_module_says_what_it_does() -> None:
    modules = [file for file in texts(".py") if not file.name.startswith("test_") and read(file).strip()]
    assert [str(file) for file in modules if not ast.get_docstring(ast.parse(read(file)))] == []
    scripts = [file for file in texts(".js") if not read(file).lstrip().startswith(("//", "/*"))]
    assert [str(file) for file in scripts] == []


def test_no_test_waits_a_fixed_time() -> None:
    """A busy machine needs longer, an idle one less: `wait_for`, `expect`, or a clock of the test's own."""
    tests = [file for file in texts(".py") if file.name.startswith("test_")]
    wait = re.compile(r"\b(?:sleep|wait_for_" + r"timeout)\(.*")
    assert {str(file): hits for file in tests if (hits := wait.findall(read(file)))} == {}


def test_patience_is_said_in_one_place() -> None:
    """As PATIENCE of tests/waiting.py: what is long enough here is too short elsewhere."""
    tests = [file for file in texts(".py") if file.name.startswith("test_")]
    own = re.compile(r"(?:\btimeout=|\.(?:wait|join)\(|\bwait_for\(.*, )\d[\d_.]+.*")
    assert {str(file): hits for file in tests if (hits := own.findall(read(file)))} == {}


# ── what stays out ───────────────────────────────────────────────────────────────────────────────────────────────

# Written apart so that this file does not name what it forbids.
FORBIDDEN = [
    r"/" + r"(?:work|farm|root|home/\w+|Users/\w+)/",
    r"/tmp/" + r"\w",
    r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
    r"(?i)\blorem ip" + r"sum\b|\bcoming so" + r"on\b|\bnot implem" + r"ented\b",
]


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_file_holds_a_path_of_a_machine_or_a_promise(pattern: str) -> None:
    kinds = (".py", ".js", ".mjs", ".css", ".md", ".toml", ".txt", ".json", ".yaml", ".yml", ".html", "")
    found = [f"{file}: {hit[0]}" for file in texts(*kinds) for hit in re.finditer(pattern, read(file))]
    assert found == []


def test_the_page_loads_nothing_from_elsewhere() -> None:
    """No address of another host in what a browser gets; names of XML languages are not fetched."""
    names = re.compile(r"https?://www\.w3\.org/[\w/]+")
    files = [file for file in texts(".js", ".css", ".html", ".svg", ".toml") if file.parts[0] in {"app", ".streamlit"}]
    assert files
    found = {
        str(file): re.findall(r"(?:https?:)?//\w[\w.-]+\.\w+[^\s'\"]*", names.sub("", read(file))) for file in files
    }
    assert {file: hits for file, hits in found.items() if hits} == {}


def test_a_link_that_is_filled_has_a_frame_where_the_readers_own_colours_take_the_filling() -> None:
    rules = [line for file in texts(".css") for line in read(file).splitlines() if "background: currentColor" in line]
    links = [rule for rule in rules if "stPageLink" in rule]
    assert links and [rule for rule in links if "border: 1px solid transparent" not in rule] == []


def test_the_server_keeps_to_itself() -> None:
    config = tomllib.loads(read(Path(".streamlit/config.toml")))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False
    assert config["browser"]["serverAddress"] == "127.0.0.1"
    assert config["runner"]["magicEnabled"] is False


def test_no_folder_switches_on_streamlits_own_menu() -> None:
    assert not (ROOT / "pages").exists()
    assert not (ROOT / "app" / "pages").exists()


def test_nothing_that_a_run_leaves_behind_is_kept() -> None:
    assert [file for file in tracked() if file.suffix in (".db", ".log", ".tmp", ".pt", ".pkl")] == []


def test_large_files_are_few_and_small() -> None:
    large = {str(file): (ROOT / file).stat().st_size for file in tracked()}
    assert {file: size for file, size in large.items() if size > 12_000_000} == {}


WEB_PROCESS = """
import sys, streamlit
before = set(sys.modules)  # Streamlit imports a part of plotly
import app.server.api, app.server.supervisor
ours = [name for name in set(sys.modules) - before if name.startswith("plotly")]
assert not ours, ours
import streamlit_app
from app.server import identity
from tests.views.conftest import MAIN, lab_page
from streamlit.testing.v1 import AppTest
identity.learner_from = lambda cookies: "a" * 24
front = AppTest.from_file(MAIN, default_timeout=60).run()
lab = lab_page().run()
assert not front.exception and not lab.exception, (front.exception, lab.exception)
lab.button(key="train").click().run()
assert not lab.exception, lab.exception
heavy = {"torch", "torchvision"} & set(sys.modules)
sys.exit(f"imported: {heavy}" if heavy else 0)
"""


def test_the_web_process_never_imports_torch() -> None:
    """The door, its lifespan's imports, every route's module, the front page, and the lab where a run is submitted."""
    command = [sys.executable, "-W", "ignore", "-c", WEB_PROCESS]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]


def test_a_test_cannot_reach_the_network() -> None:
    with socket.socket() as opened, pytest.raises(AssertionError, match="a test tried to reach"):
        opened.connect(("192.0.2.1", 80))
