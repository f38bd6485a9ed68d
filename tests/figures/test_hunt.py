from __future__ import annotations

import numpy as np

from app.figures.hunt import figure as hunting


def test_every_sheet_of_the_hunt_has_one_least_sure_image_and_many_sure_ones() -> None:
    found = hunting.sheets("mnist")
    images = [one["image"] for sheet in found["sheets"] for one in sheet]
    assert len(set(images)) == len(images) == hunting.SHEETS * len(hunting.PLACES)
    for sheet in found["sheets"]:
        shares = [np.exp(max(one["logits"])) / np.exp(one["logits"]).sum() for one in sheet]
        places = [one["place"] for one in sheet]
        assert places.index(min(places)) == int(np.argmin(shares))
        assert sum(share > 0.99 for share in shares) > len(sheet) / 3
    assert min(one["place"] for one in found["sheets"][0]) == 1
