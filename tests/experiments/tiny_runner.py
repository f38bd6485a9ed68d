"""A runner whose workers have the tiny engine; its first argument is the longest that a run may take, in seconds."""

import sys

from app.experiments.jobs import COMMANDS
from app.experiments.runner import main

if __name__ == "__main__":
    worker = (sys.executable, "-m", "tests.experiments.tiny_worker", sys.argv[1])
    jobs = COMMANDS | {"fetch": (sys.executable, "-m", "tests.experiments.tiny_prepare")}
    sys.exit(main(worker, jobs, limit_seconds=float(sys.argv[1])))
