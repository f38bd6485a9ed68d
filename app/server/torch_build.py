"""Which list of packages `make run` installs: prints its name, and says why.

PyTorch's usual build for Linux brings gigabytes of CUDA libraries, which nobody needs without an NVIDIA driver. The CPU
build is on an index of PyTorch's own, which not every network reaches. Knows no package: nothing is installed yet.
"""

import platform
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

PROJECT = Path(__file__).parents[2]
USUAL, CPU = "requirements.txt", "requirements-cpu.txt"
DRIVER_SECONDS = 10.0
ANSWER_SECONDS = 4.0


def build(system: str, has_driver: Callable[[], bool], answers: Callable[[], bool]) -> tuple[str, str]:
    """(The list to install, why in a sentence). system: as `platform.system()` says it."""
    if system != "Linux":
        return USUAL, "the usual build of PyTorch, which is small here"
    if has_driver():
        return USUAL, "the usual build of PyTorch, since there is an NVIDIA driver"
    if not answers():
        return USUAL, "the usual build of PyTorch (gigabytes), since the index of the small one does not answer"
    return CPU, "the small build of PyTorch, since there is no NVIDIA driver"


def has_driver(command: str = "nvidia-smi") -> bool:
    """Whether this machine has an NVIDIA driver that answers."""
    try:
        found = subprocess.run([command, "-L"], capture_output=True, timeout=DRIVER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return found.returncode == 0


def answers(address: str, seconds: float = ANSWER_SECONDS) -> bool:
    """Whether an index answers in time, the look-up of its name included, for which Python knows no limit."""
    heard = threading.Event()

    def ask() -> None:
        try:
            with urlopen(address, timeout=seconds) as answer:
                if answer.status == 200:
                    heard.set()
        except (OSError, ValueError):
            pass
        finally:
            done.set()

    done = threading.Event()
    threading.Thread(target=ask, daemon=True).start()
    done.wait(seconds)
    return heard.is_set()


def index() -> str:
    """Where the list of the CPU build finds torch."""
    found = re.search(r"^--find-links (\S+/torch/)$", (PROJECT / CPU).read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{CPU} names no place for torch"
    return found[1]


if __name__ == "__main__":
    chosen, why = build(platform.system(), has_driver, lambda: answers(index()))
    print(f"  Installs {why}.", file=sys.stderr)
    print(chosen)
