"""Tiny stand-ins for the official sets, and a server on this machine that hands them out well or badly."""

import gzip
import hashlib
import io
import re
import struct
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalog.families import DOWNLOADS, Part
from app.catalog.pack import POOL, TEST, Uint8
from app.distillation import download, fullsets
from app.distillation.fullsets import CIFAR_BATCHES, CIFAR_FOLDER, IDX_FILES
from app.distillation.vision import import_torchvision


def idx(array: Uint8) -> bytes:
    """An IDX file of bytes."""
    sides = b"".join(struct.pack(">I", side) for side in array.shape)
    return bytes((0, 0, 8, array.ndim)) + sides + array.tobytes()


def grey_set(pool: int = 60, test: int = 40, seed: int = 0) -> dict[str, bytes]:
    """The four IDX files, without gzip: random images, the labels in turn."""
    rng = np.random.default_rng(seed)
    files = {}
    for part, count in ((POOL, pool), (TEST, test)):
        images, labels = IDX_FILES[part]
        files[images] = idx(rng.integers(0, 256, (count, 28, 28), dtype=np.uint8))
        files[labels] = idx((np.arange(count) % 10).astype(np.uint8))
    return files


def old_pickle(images: Uint8, labels: list[int]) -> bytes:
    """A batch of CIFAR-10 as the original is pickled: by Python 2, protocol 2. images: (n, 3072)."""

    def text(words: bytes) -> bytes:
        return b"U" + bytes([len(words)]) + words

    numbers = b"]" + b"(" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    dtype = (
        b"cnumpy\ndtype\n"
        + text(b"u1")
        + b"K\x00K\x01\x87R(K\x03"
        + text(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    shape = b"".join(b"M" + struct.pack("<H", side) for side in images.shape) + b"\x86"
    raw = images.tobytes()
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R(K\x01" + shape
    array += dtype + b"\x89T" + struct.pack("<I", len(raw)) + raw + b"tb"
    return b"\x80\x02}(" + text(b"labels") + numbers + text(b"data") + array + b"u."


def colour_batches(each: int = 20, seed: int = 0) -> dict[str, bytes]:
    """The six batches of a tiny CIFAR-10."""
    rng = np.random.default_rng(seed)
    return {
        name: old_pickle(rng.integers(0, 256, (each, 3072), dtype=np.uint8), [i % 10 for i in range(each)])
        for name in CIFAR_BATCHES
    }


def archive(batches: dict[str, bytes]) -> bytes:
    """cifar-10-python.tar.gz."""
    return _packed(CIFAR_FOLDER, {"batches.meta": b"x", "readme.html": b"x", **batches})


def _packed(folder: str, files: dict[str, bytes]) -> bytes:
    """A tar.gz whose bytes do not tell when it was made."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, raw in files.items():
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    return gzip.compress(buffer.getvalue(), mtime=0)


def md5(raw: bytes) -> str:
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()


def binary_archive(batches: dict[str, bytes]) -> bytes:
    """cifar-10-binary.tar.gz: the same images and labels, without pickles."""
    return _packed("cifar-10-batches-bin", {"batches.meta.txt": b"x", **batches})


@dataclass
class Server:
    """What it serves, how the next downloads of a file go ("ok" where nothing is said), and what was asked."""

    files: dict[str, bytes]
    moods: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: list[tuple[int, int]] = field(default_factory=list)  # of each answer: its first byte, and how many followed
    tagged: bool = True  # whether it says by a tag which version of a file it has
    url: str = ""

    def always(self, mood: str) -> None:
        self.moods = {name: [mood] * 99 for name in self.files}


def _answer(handler: BaseHTTPRequestHandler, server: Server, body: bytes, mood: str) -> None:
    """Answer a request for a file, in some mood."""
    tag = f'"{md5(body)}"'
    wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    fits = handler.headers.get("If-Range", tag) == tag and mood not in ("whole", "html", "endless")
    start = int(wanted[1]) if wanted and fits else 0
    if start >= len(body):
        handler.send_error(416)
        return
    if mood == "shifted" and start:
        start -= 1
    rest = bytearray(body[start:])
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
    if server.tagged:
        handler.send_header("ETag", tag)
    handler.send_header("Content-Type", "text/html" if mood == "html" else "application/octet-stream")
    if mood == "endless":
        handler.send_header("Connection", "close")
        rest = bytearray(body) + b"x" * 4096
    else:
        handler.send_header("Content-Length", str(len(rest) - (mood == "short")))
    handler.end_headers()
    half = len(rest) // 2
    if mood == "wrong":
        rest[half] ^= 1
    if mood == "short":
        del rest[-1]
    first = 0 if mood == "drop" else half
    breaks_off = mood in ("cut", "stuck", "drop")
    server.sent.append((start, first if breaks_off else len(rest)))
    handler.wfile.write(rest[:first])
    handler.wfile.flush()
    if mood == "slow":
        time.sleep(60)
    elif mood == "trickle":
        while first < len(rest) - 1:
            handler.wfile.write(rest[first : first + 1])
            handler.wfile.flush()
            first += 1
            time.sleep(0.05)
    elif mood == "stuck":
        time.sleep(2)
    if not breaks_off:
        handler.wfile.write(rest[first:])


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    """Moods: ok, or one of these, or a status like 503.

    cut: the connection ends half-way; drop: at once; wrong: a byte differs; slow, stuck: half comes, then nothing;
    trickle: half comes, then a byte now and then;
    whole: it knows no ranges; shifted: it answers with another part than was asked for; short: it says that the file is
    shorter; endless: it says no length and goes on; html: it has a web page for everything.
    """
    server = Server(files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[-1]
            moods = server.moods.get(name, [])
            mood = moods.pop(0) if moods else "ok"
            server.asked.append(name)
            if mood.isdigit() or name not in server.files:
                self.send_error(int(mood) if mood.isdigit() else 404)
                return
            with suppress(OSError):  # the other side has gone
                _answer(self, server, server.files[name], mood)

        def log_message(self, *arguments: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_address[1]}/"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


def as_official(patch: pytest.MonkeyPatch, data: str, files: dict[str, bytes], mirrors: list[str]) -> dict[str, bytes]:
    """Make these files the official ones of `data`, to be found at `mirrors`. Returns what the mirrors have to serve.

    files: the unzipped IDX files, or the batches of CIFAR-10.
    """
    full, datasets = DOWNLOADS[data], import_torchvision().datasets
    if data == "cifar10":
        served = {full.parts[0].name: archive(files)}
        parts: tuple[Part, ...] = (
            replace(full.parts[0], sha256=hashlib.sha256(served[full.parts[0].name]).hexdigest()),
        )
        patch.setattr(datasets.CIFAR10, "url", mirrors[0] + full.parts[0].name)
        patch.setattr(datasets.CIFAR10, "tgz_md5", md5(served[full.parts[0].name]))
        listed = {part: [[n, md5(files[n])] for n, p in CIFAR_BATCHES.items() if p == part] for part in (POOL, TEST)}
        patch.setattr(datasets.CIFAR10, "train_list", listed[POOL])
        patch.setattr(datasets.CIFAR10, "test_list", listed[TEST])
    else:
        served = {f"{name}.gz": gzip.compress(raw, mtime=0) for name, raw in files.items()}
        parts = tuple(replace(p, sha256=hashlib.sha256(files[p.name[:-3]]).hexdigest()) for p in full.parts)
        patch.setattr(getattr(datasets, full.torchvision), "mirrors", mirrors)
        patch.setattr(getattr(datasets, full.torchvision), "resources", [(n, md5(raw)) for n, raw in served.items()])
    parts = tuple(replace(part, size=len(served[part.name])) for part in parts)
    patch.setitem(DOWNLOADS, data, replace(full, parts=parts))
    patch.setattr(fullsets, "LOOK", 0.0)
    patch.setattr(download, "PAUSES", (0.0, 0.0, 0.0))
    patch.setenv("no_proxy", "*")
    return served


def closed_port() -> str:
    """An address on this machine where nobody answers."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/"


def put(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
