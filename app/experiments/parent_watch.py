"""How a process ends whose input ends: it clears away what is half-written, and is gone."""

import _thread
import os
import sys
import threading
import time

INPUT_ENDED = 3  # exit status


def end_with_input(ended: threading.Event, clear_seconds: float) -> None:
    """Wait until standard input ends; for a thread of its own.

    Then `ended` is set and the main thread interrupted. clear_seconds: that it has until the process is gone.
    """
    while os.read(sys.stdin.fileno(), 1024):  # past the buffer, whose lock would be in the way of the exit
        pass
    ended.set()
    _thread.interrupt_main()  # as by Ctrl-C: what is half-written is removed on the way out
    time.sleep(clear_seconds)
    os._exit(INPUT_ENDED)  # it was in the middle of something that cannot be interrupted
