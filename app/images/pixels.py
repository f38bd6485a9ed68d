"""Read image files as small pictures of one size: what decoders, cameras and drawing programs make of pixels.

What depends on the whole set is settled when all are read: grey or colour, how far many-bit images are stretched, and
on which background transparent ones show.
"""

import io
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError, features

from app.images.layouts import RAW, Contents, Uint8
from app.images.sources import Entry, ImportRefused, shown

FILE_BYTES = 32 << 20  # of one image file
PIXELS = 40_000_000  # of one image
LAZY = 8  # times as many pixels of a JPEG take the same time: it is decoded at a fraction
SLOW_BYTES = 1 << 20  # of a file whose decoder is written in Python, such as a PPM in plain text
SLOW = 64  # pixels that take as long as a byte of such a file
LEAST_SIDE = 8  # pixels
STRIP = 10  # times as long as wide: the middle square shows next to nothing of it
GREY_SIDE, COLOUR_SIDE = 28, 32  # pixels
LARGE = 1024  # pixels of the shorter side, from which an image is first reduced: so that few copies of it are large
FLAT = 6  # levels of 255 between the darkest and the brightest pixel of an image on which nothing is to be seen
SHOWS = 0.5  # share of the best background's contrast at which white is taken
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # none that starts another program to be read
AVIF = features.check("avif")
NOT_READ = {  # what a file is, by how it begins or is called → what to do
    "HEIC": "is a HEIC photo, which is not read here; export it as JPEG (on an iPhone: Settings, Camera, Formats, "
    "Most Compatible)",
    "AVIF": "is an AVIF image, which is not read here; export it as JPEG or PNG",
    "JPEG XL": "is a JPEG XL image, which is not read here; export it as JPEG or PNG",
    "JPEG 2000": "is a JPEG 2000 image, which is not read here; export it as JPEG or PNG",
    "SVG": "is a drawing (SVG), which has no pixels; export it as PNG",
    "PSD": "is a Photoshop file; export it as PNG",
    "RAW": "is a camera’s raw file; export it as JPEG",
}
ORIENTATION = 0x0112  # EXIF tag → how an image has to be turned
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


class UnreadableImage(ImportRefused):
    """One image cannot be read. what: why, as the end of a sentence that begins with its path."""

    def __init__(self, entry: Entry, what: str) -> None:
        super().__init__(f"{entry.shown} {what}; replace or remove it, or add --skip-damaged to leave such files out.")
        self.what = what


@dataclass
class _Work:
    """What may still be decoded. most: pixels of all images; None: no limit."""

    most: int | None
    done: int = 0

    def add(self, pixels: int) -> None:
        """Note that so many are decoded next. Raises ImportRefused if they are too many."""
        self.done += pixels
        if self.most is not None and self.done > self.most:
            raise ImportRefused(
                f"Reading all images would take too long: they have more than {self.most // 1_000_000:,} million "
                "pixels together, or are text. Make them smaller, as JPEG, and try again."
            )


class _Coloured(Exception):
    """A set that was taken for grey has a coloured image."""


@dataclass(frozen=True)
class Small:
    """One image cut to a square and resized: (c, side, side) float32 in 0 … 255, on black where it is transparent.

    on_white: the same on white, None if nothing is transparent. top: the highest value in a file with more than 8
    bits, whose values are not stretched yet; else 0.
    """

    on_black: npt.NDArray[np.float32]
    on_white: npt.NDArray[np.float32] | None = None
    top: float = 0.0


@dataclass(frozen=True)
class Pictures:
    """Images as they were read. kept: their places (m,) in `Contents`. damaged: path → why one was left out."""

    images: Uint8  # (m, c, h, w)
    kept: npt.NDArray[np.int64]
    damaged: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # sentences: what was done to them


def read_images(
    contents: Contents,
    *,
    skip_damaged: bool = False,
    seen: Callable[[int], None] = lambda done: None,
    most_pixels: int | None = None,
) -> Pictures:
    """Read all images: as 28×28 grey if every one is grey, else as 32×32 RGB.

    seen: called with the number of images read so far. skip_damaged: leave out images that cannot be read.
    most_pixels: of all images together. Raises ImportRefused if an image cannot be read and is not to be skipped, if
    none is left, or if they have more pixels.
    """
    try:
        return read_as(contents, "L", GREY_SIDE, skip_damaged, seen, most_pixels)
    except _Coloured:
        return read_as(contents, "RGB", COLOUR_SIDE, skip_damaged, seen, most_pixels)


def read_as(
    contents: Contents,
    mode: str,
    side: int,
    skip_damaged: bool,
    seen: Callable[[int], None],
    most_pixels: int | None = None,
) -> Pictures:
    """All images in grey or colour, side × side pixels. mode: "L" (grey) or "RGB". Raises as `read_images`."""
    work = _Work(most_pixels)
    images = np.empty((len(contents.entries), len(mode), side, side), np.uint8)
    kept: list[int] = []
    damaged: dict[str, str] = {}
    deep: dict[int, Small] = {}
    clear: dict[int, Small] = {}
    for i, entry in enumerate(contents.entries):
        try:
            small = read_image(entry, mode, side, work)
        except UnreadableImage as error:
            if not skip_damaged:
                raise
            damaged[entry.shown] = error.what
        else:
            if small.top:
                deep[len(kept)] = small
            elif small.on_white is not None:
                clear[len(kept)] = small
            else:
                images[len(kept)] = _rounded(small.on_black)
            kept.append(i)
        seen(i + 1)
    if not kept:
        why = f"; the first one {next(iter(damaged.values()))}" if damaged else ""
        raise ImportRefused(f"None of its images can be read{why}. Save them as PNG or JPEG and try again.")
    notes = [*_stretch(images, deep), *_lay_down(images, clear)]
    images = images[: len(kept)]
    flat = np.ptp(images.reshape(len(images), -1).astype(np.int16), axis=1) < FLAT
    if flat.any():
        first = contents.entries[kept[int(flat.argmax())]].shown
        count = _images(int(flat.sum()))
        notes.append(f"{count} of one shade all over, on which nothing is to be seen, e.g. {first}.")
    return Pictures(images, np.array(kept, np.int64), damaged, notes)


def _rounded(values: npt.NDArray[np.float32]) -> Uint8:
    return values.round().clip(0, 255).astype(np.uint8)


# ── what the set decides ─────────────────────────────────────────────────────────────────────────────────────────


def _stretch(images: Uint8, deep: dict[int, Small]) -> list[str]:
    """Bring images with more than 8 bits to 0 … 255, all alike, by the bits that the brightest of them uses."""
    if not deep:
        return []
    top = max(one.top for one in deep.values())
    bits = max(8, int(np.ceil(np.log2(top + 1))))
    for at, one in deep.items():
        images[at] = _rounded(one.on_black * np.float32(255 / (2**bits - 1)))
    if bits >= 16:
        return []
    return [
        f"{_images(len(deep))} in files of 16 bits and {'uses' if len(deep) == 1 else 'use'} {bits} of them: "
        f"{2**bits - 1:,} was taken for white, else they would be black."
    ]


def _lay_down(images: Uint8, clear: dict[int, Small]) -> list[str]:
    """Lay transparent images on one background for all: white if they show on it, else black or grey."""
    if not clear:
        return []
    shows = {level: [float(_on(one, level).std()) for one in clear.values()] for level in (255, 0, 128)}
    least = {level: float(np.quantile(values, 0.05)) for level, values in shows.items()}
    level = 255 if least[255] >= SHOWS * max(least.values()) else max(least, key=lambda level: least[level])
    for at, one in clear.items():
        images[at] = _rounded(_on(one, level))
    ground = {255: "white", 0: "black", 128: "grey"}[level]
    return [f"{_images(len(clear))} transparent in places, and laid on {ground}: that shows what is on them."]


def _images(count: int) -> str:
    return "1 image is" if count == 1 else f"{count:,} images are"


def _on(one: Small, level: int) -> npt.NDArray[np.float32]:
    assert one.on_white is not None
    share = np.float32(level / 255)
    return one.on_black + share * (one.on_white - one.on_black)  # what lies on a grey is between the two


# ── one image ────────────────────────────────────────────────────────────────────────────────────────────────────


def read_image(entry: Entry, mode: str, side: int, work: _Work) -> Small:
    """One image, its first frame, cut to a square and resized.

    mode: "L" (grey) or "RGB". Raises UnreadableImage if it cannot be read, or is too large or too small; ImportRefused
    if it is one too many.
    """
    if entry.size > FILE_BYTES:
        raise UnreadableImage(entry, _too_large(f"{entry.size:,} bytes", f"{FILE_BYTES:,} bytes"))
    raw = b""
    try:
        raw = entry.read(FILE_BYTES + 1)
        if len(raw) > FILE_BYTES:  # whatever it was said to be
            raise UnreadableImage(entry, _too_large(f"more than {FILE_BYTES:,} bytes", "that"))
        if kind := _not_read(raw, entry.suffix):
            raise UnreadableImage(entry, NOT_READ[kind])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on odd files; what cannot be read raises
            with Image.open(io.BytesIO(raw), formats=(*FORMATS, *(("AVIF",) if AVIF else ()))) as image:
                if why := _misshapen(*image.size):
                    raise UnreadableImage(entry, why)
                work.add(_pixels(entry, image, raw))
                return _small(image, mode, side)
    except Image.DecompressionBombError as error:
        raise UnreadableImage(entry, _too_large("far too many pixels", f"{PIXELS:,} pixels")) from error
    except (ImportRefused, _Coloured):
        raise
    except UnidentifiedImageError as error:
        what = "is empty (0 bytes)" if not raw else "is not an image, whatever its name says"
        raise UnreadableImage(entry, what) from error
    except PermissionError as error:
        raise UnreadableImage(entry, "may not be read by you") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UnreadableImage(entry, "is damaged inside the zip") from error
    except Exception as error:  # decoders raise whatever a damaged file makes them stumble over
        raise UnreadableImage(entry, f"cannot be read ({shown(str(error), 100)})") from error


def _not_read(raw: bytes, suffix: str) -> str:
    """The kind of picture that is known and not read, a key of NOT_READ; "" for all others."""
    if raw[4:8] == b"ftyp":
        brands = raw[8 : min(int.from_bytes(raw[:4], "big"), 64)]
        if b"avif" in brands or b"avis" in brands:
            return "" if AVIF else "AVIF"
        if b"crx " in brands:
            return "RAW"
        return "HEIC" if any(brand in brands for brand in HEIC_BRANDS) else ""
    if suffix in RAW and not raw.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        return "RAW"
    if raw.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return "JPEG XL"
    if raw.startswith((b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")):
        return "JPEG 2000"
    if raw.startswith(b"8BPS"):
        return "PSD"
    return "SVG" if suffix == ".svg" and b"<svg" in raw[:4096] else ""


def _misshapen(width: int, height: int) -> str:
    """Why an image of this size is left out, "" if it is not."""
    if min(width, height) < LEAST_SIDE:
        return f"has {width:,} × {height:,} pixels, and {LEAST_SIDE} a side are needed"
    if width * height > PIXELS:
        return _too_large(f"{width:,} × {height:,} pixels", f"{PIXELS:,} pixels")
    if max(width, height) > STRIP * min(width, height):
        return f"has {width:,} × {height:,} pixels: the middle square shows next to nothing of such a strip"
    return ""


def _pixels(entry: Entry, image: ImageFile.ImageFile, raw: bytes) -> int:
    """How many pixels of a PNG would take as long to decode, about. Raises UnreadableImage if it is too long."""
    decoders = {tile[0] for tile in image.tile}
    pixels = image.width * image.height // (LAZY if image.format == "JPEG" else 1)
    if not decoders & set(Image.DECODERS):
        return pixels
    if len(raw) > SLOW_BYTES:
        what = f"is a {image.format} of a kind that is slow to read, and has more than {SLOW_BYTES:,} bytes"
        raise UnreadableImage(entry, f"{what}; save it as PNG")
    comments = raw.count(b"#") if "ppm_plain" in decoders else 0  # each has all that follows moved
    return pixels + len(raw) * (SLOW + comments)


def _too_large(size: str, limit: str) -> str:
    return f"has {size}, and no more than {limit} are read"


def _small(image: Image.Image, mode: str, side: int) -> Small:
    image.draft(None, (2 * side, 2 * side))  # large JPEGs are decoded at a fraction  # type: ignore[arg-type]
    if image.mode.startswith("I"):  # 16 bits, or more
        return _deep(image, mode, side)
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers; save it with 8 or 16 bits")
    clear = "A" in image.mode or "a" in image.mode or "transparency" in image.info
    mode_here = "RGBA" if clear else "L" if image.mode in ("1", "L") else "RGB"
    plain = image if image.mode == mode_here else image.convert(mode_here)
    image.load()  # of which it knows how it has to be turned
    if (factor := min(plain.size) // LARGE) > 1:
        plain = plain.reduce(factor)
    upright = _upright(plain, image)
    if not clear or int(np.asarray(upright.getchannel("A")).min()) == 255:
        return Small(_array(upright if upright.mode == "L" else upright.convert("RGB"), mode, side))
    on = [Image.new("RGBA", upright.size, ground) for ground in ("black", "white")]
    black, white = (_array(Image.alpha_composite(ground, upright).convert("RGB"), mode, side) for ground in on)
    return Small(black, white)


def _upright(plain: Image.Image, image: Image.Image) -> Image.Image:
    """What was made of an image, turned as the image says, once it is loaded, that it has to be."""
    turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
    return plain if turn is None else plain.transpose(turn)


def _deep(image: Image.Image, mode: str, side: int) -> Small:
    step = max(1, min(image.size) // LARGE)
    values = np.asarray(image)[::step, ::step].clip(0, None).astype(np.float32)
    top = float(values.max())
    square = np.asarray(_squared(_upright(Image.fromarray(values), image), side)).clip(0, top)
    return Small(np.repeat(square[None], len(mode), axis=0), top=max(1.0, top))


def _array(image: Image.Image, mode: str, side: int) -> npt.NDArray[np.float32]:
    """An image in grey or RGB as (len(mode), side, side). Raises _Coloured if it is not grey, and should be."""
    if mode == "L" and image.mode == "RGB":
        rgb = np.asarray(_squared(image, side))
        if (rgb != rgb[..., :1]).any():
            raise _Coloured
        return rgb[None, ..., 0].astype(np.float32)
    square = np.asarray(_squared(image.convert(mode), side), np.float32)
    return square[None] if square.ndim == 2 else square.transpose(2, 0, 1)


def _squared(image: Image.Image, side: int) -> Image.Image:
    """The middle square, resized; an image of the right size stays as it is."""
    return image if image.size == (side, side) else ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS)
