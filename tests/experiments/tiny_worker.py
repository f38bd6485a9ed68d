"""A worker with the tiny engine; its first argument is the longest that a run may take, in seconds."""

import sys

from app.experiments.worker.process import main
from tests.experiments.tiny_engine import TinyEngine

if __name__ == "__main__":
    main(TinyEngine, limit_seconds=float(sys.argv[1]))
