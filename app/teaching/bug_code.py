"""The lines that a bug changes, healthy and buggy, as they stand in the program that runs.

`app/distillation/bug_lab.py` is read as text: a healthy loop, and for each bug a class that overrides one method of it.
"""

import ast
import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from textwrap import dedent
from typing import Literal

import app

SOURCE = Path(app.__file__).parent / "distillation" / "bug_lab.py"
HEALTHY = "PlainLoop"  # the class of the loop without a bug
TABLE = "LOOPS"  # the dictionary of the others, by bug

_FOR_TOOLS = re.compile(r"\s+# (type: ignore|noqa).*$")


@dataclass(frozen=True)
class Line:
    """A line of code: in both programs, in the healthy one alone, or in the buggy one alone."""

    kind: Literal["same", "healthy", "buggy"]
    text: str


def code_of(bug: str) -> tuple[Line, ...]:
    """The method in which a bug is, healthy and buggy line below each other. Raises ValueError without it."""
    try:
        return _codes(SOURCE.read_text(encoding="utf-8"))[bug]
    except (OSError, KeyError, SyntaxError) as error:
        raise ValueError("The program of the bug lab cannot be read. Get a fresh copy of the app.") from error


@lru_cache(maxsize=2)
def _codes(source: str) -> dict[str, tuple[Line, ...]]:
    tree = ast.parse(source)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    healthy = _methods(classes[HEALTHY], source)
    code = {}
    for bug, name in _table(tree).items():
        ((method, buggy),) = _methods(classes[name], source).items()
        code[bug] = tuple(_compared(healthy[method], buggy))
    return code


def _table(tree: ast.Module) -> dict[str, str]:
    """Bug → name of its class."""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == TABLE:
            pairs = zip(node.value.keys, node.value.values, strict=True) if isinstance(node.value, ast.Dict) else ()
            return {
                str(key.value): value.id
                for key, value in pairs
                if isinstance(key, ast.Constant) and isinstance(value, ast.Name)
            }
    raise KeyError(TABLE)


def _methods(owner: ast.ClassDef, source: str) -> dict[str, list[str]]:
    """Name → lines, without docstrings and without what is said to tools."""
    lines, methods = source.splitlines(), {}
    for node in owner.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        said = node.body[0] if ast.get_docstring(node) else None
        skipped = range(said.lineno, said.end_lineno + 1) if said and said.end_lineno else range(0)
        kept = [lines[at - 1] for at in range(node.lineno, (node.end_lineno or 0) + 1) if at not in skipped]
        methods[node.name] = dedent("\n".join(_FOR_TOOLS.sub("", line) for line in kept)).splitlines()
    return methods


def _compared(healthy: list[str], buggy: list[str]) -> list[Line]:
    kinds: dict[str, Literal["same", "healthy", "buggy"]] = {"  ": "same", "- ": "healthy", "+ ": "buggy"}
    return [Line(kinds[one[:2]], one[2:]) for one in difflib.ndiff(healthy, buggy) if one[:2] in kinds]
