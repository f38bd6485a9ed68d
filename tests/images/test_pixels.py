"""Pixels of files as people have them: many bits, transparency, lying endings, sizes that make no picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.images import pixels
from app.images.layouts import Contents, Uint8, opened
from app.images.pixels import Pictures, read_as, read_images
from app.images.sources import Entry, ImportRefused
from tests.pictures import class_files, encoded, picture, png, zipped

TWO = ("cats", "dogs")


def one_image(content: bytes, mode: str = "RGB", side: int = 32) -> Uint8:
    entry = Entry(("a", "x.png"), len(content), lambda most: content[:most])
    contents = Contents([entry], ["a", "b"], np.zeros(1, np.uint8), None, [])
    image: Uint8 = read_as(contents, mode, side, False, lambda done: None).images[0]
    return image


def read(path: Path, files: Mapping[str, bytes]) -> Pictures:
    with opened(zipped(path / "z.zip", files)) as contents:
        return read_images(contents, skip_damaged=True)


def test_unusual_pixels() -> None:
    exact = picture(1)
    for kind in ("PNG", "BMP", "PPM", "TIFF"):
        assert np.array_equal(one_image(encoded(exact, kind)), np.asarray(exact).transpose(2, 0, 1)), kind
    for kind in ("JPEG", "WEBP", "GIF"):
        assert one_image(encoded(exact, kind)).shape == (3, 32, 32)

    see_through = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    assert (one_image(encoded(see_through)) == 255).all()
    grey_see_through = Image.new("LA", (32, 32), (0, 0))
    assert (one_image(encoded(grey_see_through), "L", 28) == 255).all()
    palette = picture(2).quantize(8)
    palette.info["transparency"] = 0
    assert one_image(encoded(palette, transparency=0)).shape == (3, 32, 32)

    deep = Image.fromarray(np.full((32, 32), 0x80FF, np.uint16))
    assert (one_image(encoded(deep), "L", 28) == 0x80).all()
    cmyk = one_image(encoded(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "JPEG", quality=95))
    assert cmyk[0].min() > 200
    assert cmyk[1:].max() < 60
    bits = Image.new("1", (28, 28), 1)
    assert (one_image(encoded(bits), "L", 28) == 255).all()

    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    animated = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert one_image(animated)[:, 0, 0].tolist() == [255, 0, 0]

    wide = Image.new("RGB", (300, 100), "blue")
    wide.paste((255, 255, 255), (80, 0, 220, 100))
    assert (one_image(encoded(wide)) == 255).all()  # the middle square
    upright = Image.new("RGB", (32, 32), "black")
    upright.paste((255, 255, 255), (0, 0, 32, 16))  # white above
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180 degrees
    turned = one_image(encoded(upright, "JPEG", exif=exif))
    assert turned[:, :10].max() < 60
    assert turned[:, 22:].min() > 200
    big = one_image(encoded(Image.new("RGB", (1600, 1200), (10, 200, 30)), "JPEG"))
    assert abs(big.astype(int) - np.array([10, 200, 30])[:, None, None]).max() < 6
    with pytest.raises(ImportRefused, match="floating-point"):
        one_image(encoded(Image.new("F", (32, 32)), "TIFF"))


# ── many bits ────────────────────────────────────────────────────────────────────────────────────────────────────


def ramp(top: int, seed: int, kind: str = "PNG") -> bytes:
    """Grey noise from 0 to `top` in a file of 16 bits."""
    values = np.random.default_rng(seed).integers(0, top + 1, (28, 28)).astype(np.uint16)
    values[0, :2] = (0, top)
    return encoded(Image.fromarray(values), kind)


@pytest.mark.parametrize(("bits", "kind"), [(10, "PNG"), (12, "TIFF"), (12, "PNG"), (14, "TIFF"), (16, "PNG")])
def test_bits_that_a_camera_uses_are_stretched_and_that_is_said(tmp_path: Path, bits: int, kind: str) -> None:
    top = 2**bits - 1
    files = {f"{name}/{i}.{kind.lower()}": ramp(top if i else top // 3, i, kind) for name in TWO for i in range(3)}
    pictures = read(tmp_path, files)
    assert [image.max() for image in pictures.images] == [85, 255, 255] * 2, "a darker image stays darker"
    assert ("use" in "".join(pictures.notes)) == (bits < 16)
    assert bits == 16 or f"use {bits} of them: {top:,} was taken for white" in pictures.notes[0]


def test_what_shows_nothing_is_said(tmp_path: Path) -> None:
    black = {f"cats/black{i}.png": encoded(Image.new("L", (30, 30), i)) for i in range(3)}
    (note,) = read(tmp_path, class_files(TWO, mode="L") | black).notes
    assert note == "3 images are of one shade all over, on which nothing is to be seen, e.g. cats/black0.png."


# ── transparency ─────────────────────────────────────────────────────────────────────────────────────────────────


def icon(ink: tuple[int, int, int], seed: int) -> bytes:
    """A disc of one colour on nothing."""
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    across = np.hypot(*np.mgrid[-20:20, -20:20]) < 9 + seed
    image.paste((*ink, 255), mask=Image.fromarray((255 * across).astype(np.uint8)))
    return encoded(image)


@pytest.mark.parametrize(
    ("inks", "ground", "level"),
    [
        (((255, 255, 255), (250, 250, 240)), "black", 0),
        (((0, 0, 0), (60, 10, 10)), "white", 255),
        (((255, 255, 255), (0, 0, 0)), "grey", 128),
    ],
)
def test_ink_is_laid_on_a_background_on_which_it_shows(
    tmp_path: Path, inks: tuple[tuple[int, int, int], ...], ground: str, level: int
) -> None:
    files = {f"{name}/{i}.png": icon(ink, i) for name, ink in zip(TWO, inks, strict=True) for i in range(4)}
    pictures = read(tmp_path, files)
    assert pictures.notes == [f"8 images are transparent in places, and laid on {ground}: that shows what is on them."]
    assert (pictures.images[:, :, 0, 0] == level).all(), "one background for all: it must not tell the class"
    assert pictures.images.reshape(8, -1).std(axis=1).min() > 40


def test_transparency_that_is_nowhere_is_none(tmp_path: Path) -> None:
    files = {f"{name}/{i}.png": encoded(picture(i + len(name)).convert("RGBA")) for name in TWO for i in range(3)}
    assert read(tmp_path, files).notes == []


# ── endings ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_content_decides_and_what_cannot_be_read_is_named_with_what_to_do(tmp_path: Path) -> None:
    jpeg, heic = encoded(picture(50), "JPEG"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400)
    good = {
        "cats/a.jpe": jpeg,
        "cats/b.jfif": encoded(picture(51), "JPEG"),
        "cats/c.HEIC": encoded(picture(52), "JPEG"),
        "cats/d": encoded(picture(53), "WEBP"),
        "cats/e.dat": png(54),
        "cats/f.png.jpg": png(55),
    }
    if pixels.AVIF:
        good["cats/g.avif"] = encoded(picture(56), "AVIF")
    bad = {
        "dogs/h.jpg": (heic, "is a HEIC photo"),
        "dogs/i.heic": (heic, "is a HEIC photo"),
        "dogs/j.svg": (b"<?xml version='1.0'?><svg/>", "is a drawing (SVG)"),
        "dogs/k.jxl": (b"\xff\x0a" + bytes(99), "is a JPEG XL image"),
        "dogs/l.nef": (b"II*\0" + bytes(99), "is a camera’s raw file"),
        "dogs/m.psd": (b"8BPS" + bytes(99), "is a Photoshop file"),
    }
    files = class_files(TWO) | good | {name: content for name, (content, _) in bad.items()}
    pictures = read(tmp_path, files | {"dogs/notes.txt": b"hello"})
    assert len(pictures.images) == 10 + len(good)
    assert set(pictures.damaged) == set(bad)
    for name, (_, why) in bad.items():
        assert pictures.damaged[name].startswith(why) and "export it as" in pictures.damaged[name]


def test_an_avif_that_this_pillow_cannot_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "AVIF", False)
    avif = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(99)
    assert "is an AVIF image" in read(tmp_path, class_files(TWO) | {"cats/x.avif": avif}).damaged["cats/x.avif"]


# ── sizes ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("size", "why"),
    [
        ((1, 1), "8 a side are needed"),
        ((20_000, 1), "8 a side are needed"),
        ((7, 300), "8 a side are needed"),
        ((1200, 100), "next to nothing of such a strip"),
        ((10_000, 10_000), "no more than 40,000,000 pixels are read"),
    ],
)
def test_what_makes_no_picture_is_left_out_and_named(tmp_path: Path, size: tuple[int, int], why: str) -> None:
    pictures = read(tmp_path, class_files(TWO) | {"cats/odd.png": encoded(Image.new("L", size, 9))})
    assert list(pictures.damaged) == ["cats/odd.png"]
    assert f"has {size[0]:,} × {size[1]:,} pixels" in pictures.damaged["cats/odd.png"]
    assert why in pictures.damaged["cats/odd.png"]


def test_a_long_and_thin_png_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """1 × 40,000,000 pixels took a gigabyte."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 1, 40_000_000, 16, 6, 0, 0, 0)
    thin = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    pictures = read(tmp_path, class_files(TWO) | {"cats/thin.png": thin})
    assert "8 a side are needed" in pictures.damaged["cats/thin.png"]


def plain(comments: int = 0, side: int = 40) -> bytes:
    """A PPM in plain text, which a decoder in Python reads."""
    head = f"P3 {side} {side} 255\n" + "#\n" * comments
    return (head + "".join(f"{i % 200} {i % 7} 9\n" for i in range(side * side))).encode()


def test_a_file_that_is_slow_to_decode_has_to_be_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not read(tmp_path, class_files(TWO) | {"cats/p.ppm": plain()}).damaged
    monkeypatch.setattr(pixels, "SLOW_BYTES", 10_000)
    of_254 = b"P6 60 60 254\n" + bytes(3 * 60 * 60)
    slow = {"cats/p.ppm": plain(), "cats/q.ppm": of_254}
    damaged = read(tmp_path, class_files(TWO) | slow).damaged
    assert set(damaged) == set(slow) and all(why.endswith("save it as PNG") for why in damaged.values())


@pytest.mark.parametrize("slow", [plain(), plain(5000, 9), encoded(Image.new("RGBA", (1500, 1500)))])
def test_what_all_images_take_has_a_limit(tmp_path: Path, slow: bytes) -> None:
    with (
        opened(
            zipped(tmp_path / "z.zip", class_files(TWO) | {f"cats/slow{i}.png": slow for i in range(9)})
        ) as contents,
        pytest.raises(ImportRefused, match="more than 4 million pixels together"),
    ):
        read_images(contents, skip_damaged=True, most_pixels=4_000_000)


def test_a_jpeg_counts_less_for_it_is_decoded_at_a_fraction(tmp_path: Path) -> None:
    photo = encoded(picture(7, size=(1200, 900)), "JPEG")
    with opened(zipped(tmp_path / "z.zip", {f"{name}/{i}.jpg": photo for name in TWO for i in range(9)})) as contents:
        assert len(read_images(contents, most_pixels=4_000_000).images) == 18


def test_a_large_image_is_made_small_before_it_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies for transparency and turning are made of what is left of it."""
    composed: list[tuple[int, int]] = []
    compose = Image.alpha_composite

    def noted(one: Image.Image, other: Image.Image) -> Image.Image:
        composed.append(one.size)
        return compose(one, other)

    monkeypatch.setattr(Image, "alpha_composite", noted)
    large = Image.new("RGBA", (4100, 4100), (200, 30, 30, 0))
    large.paste((200, 30, 30, 255), (1000, 1000, 3100, 3100))
    small = one_image(encoded(large))
    assert max(composed[0]) < 2 * pixels.LARGE
    assert np.abs(small[:, 16, 16].astype(int) - (200, 30, 30)).max() < 3


def test_sizes_between_give_what_the_whole_image_gives() -> None:
    smooth = Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 6, 3), np.uint8)).resize((2048, 2048))
    by_parts = one_image(encoded(smooth)).astype(int)
    whole = np.asarray(smooth.resize((32, 32), Image.Resampling.LANCZOS)).transpose(2, 0, 1).astype(int)
    assert np.abs(by_parts - whole).max() <= 2


def test_nothing_readable_says_what_was_wrong_with_the_first(tmp_path: Path) -> None:
    files = {f"{name}/{i}.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" for name in TWO for i in range(3)}
    with pytest.raises(ImportRefused, match="None of its images can be read; the first one is a HEIC photo"):
        read(tmp_path, files)
