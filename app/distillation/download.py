"""Download a file over HTTP, and go on where an earlier try broke off.

What arrived stays beside the file's place until the whole is there. The server is asked for the rest (Range), on the
condition that its file is still the same (If-Range with its ETag, else its date); where it says neither, the lengths
must agree. Whether the whole is right, the caller tells by its checksum.
"""

import json
import re
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException, HTTPResponse
from io import FileIO
from pathlib import Path

from app.catalog.downloads import size_of

TIMEOUT = 30.0  # seconds without a byte from the server
PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)  # seconds before each further try at a server from which something had arrived
WORTH = 0.01  # of the file: a try that brings less counts as one that brought nothing
CHUNK = 1 << 20  # bytes
PACE_SECONDS = 10.0  # over which the pace is taken


class DownloadFailed(Exception):
    """An address does not give the file. The message says why, as a part of a sentence."""


class NotStored(Exception):
    """The disk does not take what arrives; its own error is the cause."""


def download(url: str, half: Path, size: int, arrived: Callable[[int], None]) -> None:
    """Fetch a file of `size` bytes from where `half` ends, until `half` is as long.

    A server that breaks off is asked again, a few times in a row if it brings nothing. arrived: hears how much is here,
    often; whatever it raises ends this. `half` stays in any case. Raises DownloadFailed or NotStored.
    """
    vain, brought_any = 0, False
    while True:
        brought = 0
        with closing(_pieces(url, half, size)) as pieces:
            while True:
                try:
                    piece = next(pieces, 0)
                except (OSError, HTTPException, ValueError) as error:
                    reason = _words(error)
                    break
                if not piece:
                    return
                brought += piece
                arrived(size_of(half))
        brought_any |= brought > 0
        vain = 0 if brought > WORTH * size else vain + 1
        if not brought_any or vain >= len(PAUSES):
            raise DownloadFailed(reason)
        time.sleep(PAUSES[vain])


def _pieces(url: str, half: Path, size: int, whole: bool = False) -> Generator[int, None, None]:
    """Ask once, and add what comes to `half`; yields how many bytes each piece had. whole: ask for the file anew.

    Raises ConnectionError if less comes than there is, DownloadFailed if it is not the file, and NotStored.
    """
    have = 0 if whole else size_of(half)
    if have == size:
        return
    headers = {"User-Agent": "Distillery", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if tag := _noted_tag(half, url):
            headers["If-Range"] = tag
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)
    except urllib.error.HTTPError as refusal:
        with refusal:  # a refusal holds its connection open
            if refusal.code != 416 or not have:  # 416: the server's file ends before that
                raise
        yield from _pieces(url, half, size, whole=True)
        return
    with answer:
        start = _start(answer, have, size)
        if start is None:
            answer.close()
            yield from _pieces(url, half, size, whole=True)
            return
        with _storing():
            if not start:
                _note_tag(half, url, answer)
            file = half.open("ab" if start else "wb", buffering=0)
        with file:
            while chunk := answer.read1(CHUNK):
                start += len(chunk)
                if start > size:
                    raise DownloadFailed(f"its server sent more than the {size:,} bytes of the file")
                with _storing():
                    _write(file, chunk)
                yield len(chunk)
    if start < size:
        raise ConnectionError("the connection broke off")


def _start(answer: HTTPResponse, have: int, size: int) -> int | None:
    """At which byte an answer begins, None if it is another part than was asked for.

    Raises DownloadFailed if it is no part of the file.
    """
    total = answer.headers.get("Content-Length", "")
    start: int | None = 0
    if answer.status == 206:
        said = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        start = have if said and int(said[1]) == have else None
        total = said[2] if said else ""
    elif answer.status != 200:
        raise DownloadFailed(f"its server answered with status {answer.status}")
    if answer.headers.get_content_type() == "text/html":  # as the page at which a hotel asks for a name
        raise DownloadFailed("its server sent a web page instead of the file")
    if total.isdigit() and int(total) != size:
        raise DownloadFailed(f"its server has another file there ({int(total):,} bytes instead of {size:,})")
    return start


# ── what is kept of a half ───────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotStored from error


def _write(file: FileIO, chunk: bytes) -> None:
    """Write all of it, without a buffer, whose rest would be lost."""
    while chunk:
        chunk = chunk[file.write(chunk) :]


def discard(half: Path) -> None:
    """Remove what has arrived."""
    half.unlink(missing_ok=True)
    _tag_file(half).unlink(missing_ok=True)


def take(half: Path, whole: Path) -> None:
    """Give a file that is whole and right its name."""
    half.replace(whole)
    _tag_file(half).unlink(missing_ok=True)


def _tag_file(half: Path) -> Path:
    return half.with_name(f"{half.name}.tag")


def _note_tag(half: Path, url: str, answer: HTTPResponse) -> None:
    """Note by what the server tells this version of its file from others; a weak ETag does not say enough."""
    tag = answer.headers.get("ETag", "")
    tag = tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")
    _tag_file(half).write_text(json.dumps({"url": url, "tag": tag}), encoding="utf-8")


def _noted_tag(half: Path, url: str) -> str:
    """The tag with which a half began, "" if it came from another address or nothing was noted."""
    try:
        noted = json.loads(_tag_file(half).read_text(encoding="utf-8"))
        return str(noted["tag"]) if noted["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────────


class Pace:
    """How fast bytes have arrived of late, and how long the rest will take at that pace."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()  # when, and how many bytes there were

    def words(self, done: int, total: int) -> str:
        """Such as "1.4 MB/s, about 2 minutes left"; "" until a second has passed."""
        now = self._clock()
        if self._seen and done < self._seen[-1][1]:  # it began anew
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] < now - PACE_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        if now - since < 1.0 or done == before:
            return ""
        pace = (done - before) / (now - since)
        speed = f"{pace / 1e6:.1f} MB/s" if pace >= 1e5 else f"{pace / 1e3:.1f} kB/s"
        return f"{speed}, about {_duration((total - done) / pace)} left"


def _duration(seconds: float) -> str:
    if seconds < 55:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} minute{'s' * (minutes > 1)}"
    return f"{seconds / 3600:.1f} hours"


def _words(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        return f"no answer from its server ({error.reason})"
    return str(error).strip() or type(error).__name__
