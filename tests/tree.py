"""Print the project's tree: each file with the first sentence of its docstring, or of the comment that opens it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WIDTH = 120


def opening(file: Path) -> str:
    """The first sentence of a Python docstring or of a script's opening comment; empty if it has none."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        text = ast.get_docstring(ast.parse(text)) or ""
    else:
        comment = re.match(r"\s*(?://|/\*+)\s*(.*?)(?:\*/|\n(?!//))", text, re.DOTALL)
        text = re.sub(r"\n//\s*", " ", comment[1]) if comment else ""
    return re.split(r"(?<=[.?!])\s", " ".join(text.split()))[0]


def tree(files: list[Path], folder: Path = ROOT, indent: str = "") -> None:
    """Print one folder's files, then its folders."""
    here = sorted(file for file in files if file.parent == folder)
    below = sorted({folder / file.relative_to(folder).parts[0] for file in files if file.parent != folder})
    for file in here:
        if file.name != "__init__.py":
            print(f"{indent}{file.name:<{34 - len(indent)}} {opening(file)}"[:WIDTH].rstrip())
    for inner in below:
        inside = [file for file in files if inner in file.parents]
        says = opening(inner / "__init__.py") if inner / "__init__.py" in inside else ""
        print(f"{indent}{inner.name + '/':<{34 - len(indent)}} {says}"[:WIDTH].rstrip())
        tree(inside, inner, indent + "  ")


if __name__ == "__main__":
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *sys.argv[1:]]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    paths = [ROOT / line for line in listed.splitlines()]
    tree([path for path in paths if path.suffix in (".py", ".js", ".mjs") and path.is_file()])
