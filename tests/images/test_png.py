from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from app.catalog import declared
from app.catalog.pack import PackError, read_pack
from app.images import png


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_has_the_same_pixels(channels: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (channels, 28, 32), np.uint8)
    with Image.open(io.BytesIO(png.png(image))) as opened:
        assert opened.size == (32, 28) and opened.mode == {1: "L", 3: "RGB"}[channels]
        read = np.asarray(opened).reshape(28, 32, channels)
    assert (read == image.transpose(1, 2, 0)).all()


def test_the_shown_images_are_the_first_test_images() -> None:
    shown, pack = png.shown_images("mnist"), read_pack(declared.DATA["mnist"].path)
    assert (shown.images == pack.images[pack.test[: declared.SHOWN]]).all()
    assert (shown.labels == pack.labels[pack.test[: declared.SHOWN]]).all()
    assert shown.test_images == 1000 and shown.classes[3] == "3" and shown.digest == pack.digest()


def test_images_that_are_not_here(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path))
    with pytest.raises(PackError, match="not on this machine"):
        png.shown_images("cifar10")
    with pytest.raises(PackError, match="no longer on this machine"):
        png.shown_images("own-pets")
