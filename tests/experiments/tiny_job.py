"""Stands in for `read_images` and `teach`: what it does is the set's name.

"ends" finishes, "dies" does not say how it ended, "waits" notes "cleared" when its input ends, "deaf" hears nothing.
"""

import sys
import time

from app.store import Store

if __name__ == "__main__":
    set_id, store = sys.argv[1], Store()
    images = store.images.get(set_id)
    assert images is not None
    store.jobs.set(set_id, done=0.5, message="half")
    if images.name == "deaf":
        time.sleep(600)
    if images.name == "waits":
        sys.stdin.read()
        store.facts.note("cleared", True)
        sys.exit(3)
    if images.name == "dies":
        sys.exit(9)
    store.jobs.set(set_id, requested=images.requested, state="finished", done=1.0, message="done")
