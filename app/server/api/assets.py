"""Images, scripts and the charting library, each read once and kept by the browser."""

import gzip
import hashlib
import importlib.util
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from app.catalog.available import data_sets
from app.catalog.language_models import weights_file
from app.catalog.own_sets import UPLOADED_ID
from app.catalog.pack import PackError
from app.catalog.paths import own_folder
from app.components import scripts
from app.images import png
from app.server.api.answers import pictured_in
from app.server.api.asking import BYTES, missing, number_in
from app.server.base_path import API
from app.store.image_sets import PREVIEW

FOREVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
AN_HOUR_ALONE = "private, max-age=3600"  # a learner's own images: for no cache between us and them
SHEET_IMAGES = 50
CONTACT_IMAGES = 12  # of each class
SHEET = re.compile(rf"[0-9]{{1,9}}(-[0-9]{{1,9}}){{0,{SHEET_IMAGES - 1}}}")


def test_image(request: Request) -> Response:
    """A test image as PNG."""
    data, image = request.path_params["data"], number_in(request.path_params["image"])
    if data not in data_sets() or image is None:
        raise missing("There is no such image.")
    tests = pictured_in(data, image)
    tag = f'"{tests.digest[:16]}-{image}"'
    return tagged(request, tag, _kept(data), "image/png", lambda: png.png(tests.images[image]))


def test_sheet(request: Request) -> Response:
    """Several test images side by side, as one PNG: a page of thumbnails. images: their numbers, with hyphens."""
    data, asked = request.path_params["data"], request.query_params.get("images", "")
    if data not in data_sets() or not SHEET.fullmatch(asked):
        raise missing(f"There is no such sheet of images. One has 1 to {SHEET_IMAGES} numbers, with hyphens between.")
    numbers = [int(number) for number in asked.split("-")]
    tests = pictured_in(data, max(numbers))
    tag = f'"{tests.digest[:16]}-{asked}"'
    beside = np.concatenate([tests.images[number] for number in numbers], axis=2)
    return tagged(request, tag, _kept(data), "image/png", lambda: png.png(beside))


def contact_row(request: Request) -> Response:
    """Some images of a class, side by side, of what a learner brought and has not decided about yet."""
    data, number = request.path_params["data"], number_in(request.path_params["number"])
    if not UPLOADED_ID.fullmatch(data) or number is None:
        raise missing("There are no such images.")
    try:
        row = png.contact_row(own_folder(data) / PREVIEW, number, CONTACT_IMAGES)
    except PackError as error:
        raise missing(str(error)) from error
    tag = f'"{data}-{number}"'  # what was read of an upload does not change
    return tagged(request, tag, AN_HOUR_ALONE, "image/png", lambda: png.png(row))


def _kept(data: str) -> str:
    """How long, and where, a picture may be kept."""
    return AN_HOUR_ALONE if data_sets()[data].uploaded else A_DAY


def language_teacher(request: Request) -> Response:
    """The weights of the teacher of words. Its address names a version, so it may be kept for ever."""
    try:
        file = weights_file()
    except (OSError, ValueError, KeyError) as error:
        raise missing("The teacher of words is not here. Get a fresh copy of the app.") from error
    content = file.read_bytes()
    return tagged(request, f'"{hashlib.sha256(content).hexdigest()[:16]}"', FOREVER, BYTES, lambda: content)


def plotly(request: Request) -> Response:
    """The charting library that the plotly package brings, compressed once."""
    raw, packed, tag = plotly_files()
    return _packed_file(request, tag, FOREVER, "text/javascript", raw, packed)


@lru_cache(maxsize=1)
def plotly_files() -> tuple[bytes, bytes, str]:
    """plotly.min.js, the same compressed, and its tag. Found without importing plotly."""
    spec = importlib.util.find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise missing("The charting library is not installed: pip install -r requirements.txt.")
    raw = (Path(next(iter(spec.submodule_search_locations))) / "package_data" / "plotly.min.js").read_bytes()
    return raw, gzip.compress(raw, 9, mtime=0), f'"{hashlib.sha256(raw).hexdigest()[:16]}"'


def plotly_url() -> str:
    """The address of the charting library; it changes when the library does."""
    return f"{API}/assets/plotly.min.js?v={plotly_files()[2].strip(chr(34))}"


def script(request: Request) -> Response:
    """A script of a component or a figure. With a version in its path it may be kept for ever."""
    path = request.path_params["path"]
    version, _, rest = path.partition("/")
    fixed = version == scripts.version()
    content = scripts.contents().get(rest if fixed else path)
    if content is None:
        raise missing("There is no such script.")
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    return _packed_file(request, tag, FOREVER if fixed else "no-cache", "text/javascript", content, _packed(content))


@lru_cache(maxsize=200)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


def _packed_file(request: Request, tag: str, keep: str, kind: str, raw: bytes, packed: bytes) -> Response:
    """A file for which a browser gets the compressed bytes, if it takes them."""
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    response = tagged(request, tag, keep, kind, lambda: packed if zipped else raw)
    response.headers["Vary"] = "Accept-Encoding"
    if zipped and response.status_code == 200:
        response.headers["Content-Encoding"] = "gzip"
    return response


def tagged(request: Request, tag: str, keep: str, kind: str, content: Callable[[], bytes]) -> Response:
    """An answer with a tag, by which a browser that has it already is told so. keep: how long, and where."""
    headers = {"ETag": tag, "Cache-Control": keep}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content(), media_type=kind, headers=headers)
