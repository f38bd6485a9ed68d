"""What our programs print."""

import sys


def take_any_letter() -> None:
    """Let no letter end a program that prints it: on Windows a pipe, a file or an old console takes only some. A
    letter that it lacks becomes a question mark.
    """
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
