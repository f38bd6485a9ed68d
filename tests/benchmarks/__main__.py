"""`python -m tests.benchmarks` lists what can be measured; with a name it measures and prints `figure value` lines."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator

BENCHMARKS = {  # name → (module, what it measures)
    "browser": ("browser", "first load, dial, other pages and the first gain, in a real browser"),
    "browser_student": (
        "browser_student",
        "from the end of a stroke to the bars of students in the page, without a server; and the file to take home",
    ),
    "challenges": ("challenges", "that each challenge can be met, and not with the settings it begins with"),
    "class": (
        "school",
        "thirty learners who press Train within ten seconds: when the last has its verdict, and memory",
    ),
    "cohort": ("cohort", "training throughput of a cohort against the usual loop, and the cost of progress"),
    "default": (
        "runs",
        "what the lab opens on and its control: seconds to the verdict, and the arms, in a real browser",
    ),
    "drawing": ("drawing", "from the end of a stroke to everybody's answer, and thirty who draw at once"),
    "explorables": ("explorables", "how fast every slider of the lessons is followed, in a real browser"),
    "gain": ("gain", "what distillation adds to a 9 k-parameter student with 500 labelled images"),
    "lessons": ("lessons", "what the lessons let one train: what it finds, and the seconds that it takes"),
    "load": ("load", "thirty learners at once while two runs train: reruns, and the cost of following"),
    "looks": ("looks", "how often the lab says “beats” if nothing differs: after one look, and after added seeds"),
    "projector": (
        "projector",
        "every step of every lesson on three projectors: what is cut, letters, and how fast it fits",
    ),
    "review": ("review", "what a learner's answers cost to read and to fold: 500 and 5,000 of them"),
    "sweep": ("sweep", "an α × T sweep from the press on Run to its last cell, in a real browser"),
    "teaches": ("teaches", "what in the teacher's answer teaches: its arms with 20 seeds, on both sets of test images"),
    "teachers": ("teachers", "accuracy of the shipped teachers on the official test images"),
}


def measure(name: str) -> Iterator[tuple[str, object]]:
    """Yield (figure, value) pairs of one benchmark, as they are known."""
    module = importlib.import_module(f"tests.benchmarks.{BENCHMARKS[name][0]}")
    yield from module.measure()


def shown(value: object) -> str:
    """Numbers with four significant digits, everything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> None:
    """List the benchmarks, or run the named ones in a home of their own."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().name
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"NAME must be one of {', '.join(BENCHMARKS)}, got {', '.join(unknown)}")
    if not names:
        for name, (_, words) in BENCHMARKS.items():
            print(f"{name:16}{words}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ["DISTILLERY_HOME"] = home
        for name in names:
            for figure, value in measure(name):
                print(figure, shown(value), flush=True)


if __name__ == "__main__":
    main()
