"""A press after which the browser is another learner's, or somebody new."""

from collections.abc import Mapping
from typing import Literal

from app.components.mount import mount


def handover(
    address: str,
    *,
    label: str,
    busy: str,
    said: Mapping[str, str],
    key: str,
    kind: Literal["main", "plain", "alone"] = "main",
) -> None:
    """Mount the button. address: what is asked (`app.server.api.learners`), said: what it is told; busy: words
    while it answers; kind "alone": asked at once, without a press.
    """
    data = {"address": address, "label": label, "busy": busy, "said": dict(said), "kind": kind}
    mount("handover", data, key)
