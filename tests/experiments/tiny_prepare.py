"""Stands in for `app.experiments.prepare`: "mnist-full" succeeds, "fashion-full" dies, "cifar10" takes for ever.

"cifar10" notes "cleared" as a fact when its input ends, or, where the fact "deaf" is set, hears nothing.
"""

import sys
import time

from app.store import Store

if __name__ == "__main__":
    data, store = sys.argv[1], Store()
    store.jobs.set(data, done=1, total=2, message="loading")
    if data == "cifar10":
        if store.facts.get("deaf"):
            time.sleep(600)
        sys.stdin.read()
        store.facts.note("cleared", True)
        sys.exit(3)
    if data == "fashion-full":
        sys.exit(9)
    store.jobs.set(data, state="finished", done=2, message="done")
