"""What every process of a server under test begins with: as important as the tests beside it, and content with a core.

Workers and inference give way to all else on a machine; on one that is busy with tests, they would hardly get a turn.
"""

import os

os.__dict__.pop("nice", None)
os.__dict__["sched_getaffinity"] = lambda _pid: {0}  # so that one run is trained at a time, by one worker
