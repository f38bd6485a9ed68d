"""A connection to Postgres that is given up once its server has been silent for too long.

A server that is frozen goes on to acknowledge what it is sent, so that no limit of TCP helps.
"""

import time
from collections.abc import Generator
from functools import cache
from typing import Any

SILENT_SECONDS = 20.0  # longer than a writer waits for another, which is silence, too (see BUSY_SECONDS)


@cache
def connection_of(psycopg: Any) -> Any:
    """The driver's connection, which closes itself and raises OperationalError if nothing has come for SILENT_SECONDS
    while something was awaited. psycopg: the driver, which is there only if Postgres is used.
    """

    class Connection(psycopg.Connection):  # type: ignore[misc]
        def wait(self, steps: Generator[int, int, Any], *limits: Any, **named: Any) -> Any:
            """What an exchange with the server returns. steps: whether it reads or writes next."""
            return super().wait(self._limited(steps), *limits, **named)

        def _limited(self, steps: Generator[int, int, Any]) -> Generator[int, int, Any]:
            heard = time.monotonic()
            try:
                step = next(steps)
                while True:
                    ready = yield step
                    now = time.monotonic()
                    if ready:
                        heard = now
                    elif now - heard > SILENT_SECONDS:
                        steps.close()
                        self.close()
                        raise psycopg.OperationalError(f"the server has been silent for {SILENT_SECONDS:g} seconds")
                    step = steps.send(ready)
            except StopIteration as ended:
                return ended.value

    return Connection
