"""The figure of who is right: what the gallery needs to ask the server itself."""

from __future__ import annotations

from dataclasses import asdict

from app.catalog.available import lab_sets
from app.catalog.bugs import arm_words
from app.components.mount import mount
from app.figures.subject import Subject


def who_is_right(subject: Subject) -> None:
    """Mount the gallery for the run whose students `subject` names."""
    known = lab_sets().get(subject.data)
    data = {
        "run": subject.run_id,
        "answered": subject.answered,
        "data": subject.data,
        "arms": [asdict(arm) for arm in subject.arms],
        "methods": arm_words(),
        "here": bool(known and known.here),
    }
    mount("gallery", data, "gallery")
