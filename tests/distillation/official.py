"""Tiny stand-ins for the official sets, and a server on this machine that hands them out well or badly."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalog.families import DOWNLOADS, Part
from app.catalog.pack import POOL, TEST, Uint8
from app.distillation import fullsets
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
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, raw in {"batches.meta": b"x", "readme.html": b"x", **batches}.items():
            info = tarfile.TarInfo(f"{CIFAR_FOLDER}/{name}")
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    return buffer.getvalue()


def md5(raw: bytes) -> str:
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()


@dataclass
class Server:
    """What it serves, how the next downloads of a file go ("ok" where nothing is said), and what was asked."""

    files: dict[str, bytes]
    moods: dict[str, list[str]]
    asked: list[str]
    url: str = ""

    def always(self, mood: str) -> None:
        self.moods = {name: [mood] * 99 for name in self.files}


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    """Moods: ok, cut (the connection ends half-way), wrong (a byte differs), slow, stuck, or a status like 503."""
    server = Server(files, {}, [])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[-1]
            probe = self.headers.get("Method") == "HEAD"  # torchvision looks for redirections first
            moods = server.moods.get(name, [])
            mood = moods[0] if moods else "ok"
            if not probe:
                server.asked.append(name)
                del moods[:1]
            if mood.isdigit() or name not in server.files:
                self.send_error(int(mood) if mood.isdigit() else 404)
                return
            body = bytearray(server.files[name])
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not probe:
                self._send(body, mood)

        def _send(self, body: bytearray, mood: str) -> None:
            half = len(body) // 2
            try:
                if mood == "wrong":
                    body[half] ^= 1
                self.wfile.write(body[:half])
                self.wfile.flush()
                if mood == "slow":
                    time.sleep(60)
                elif mood == "stuck":
                    time.sleep(2)
                if mood not in ("cut", "stuck"):
                    self.wfile.write(body[half:])
            except OSError:
                pass  # the other side has gone

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
    patch.setattr(fullsets, "WATCH", 0.01)
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
