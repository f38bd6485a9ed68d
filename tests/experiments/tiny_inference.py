"""An inference process without torch: answers at once; or dies, hangs, or never gets ready, as it is told."""

from __future__ import annotations

import json
import os
import sys
import time


def main(how: str = "well") -> None:
    if how == "never":
        time.sleep(600)
    if how == "dies":
        sys.exit(3)
    print(json.dumps({"ready": os.getpid()}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "die":
            os._exit(3)
        if asked["do"] == "hang":
            time.sleep(600)
        if asked["do"] == "noise":
            print("a library says something", flush=True)
        if asked["do"] == "measure":
            time.sleep(0.3)
            print(
                json.dumps(
                    {"id": asked["id"], "ms": 1.5, "ms_p95": 2.5, "per_second": 900.0, "passes": 20, "threads": 1}
                )
            )
        elif asked["do"] == "refuse":
            print(json.dumps({"id": asked["id"], "error": "These weights are damaged."}))
        else:
            print(json.dumps({"id": asked["id"], "asked": asked, "teacher": [0.0] * 10, "students": None}))
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
