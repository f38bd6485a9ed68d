"""Experiments for tests. With the tiny engine the student chooses the behaviour (`tiny_engine.TinyEngine`)."""

from __future__ import annotations

from typing import Any

from app.experiments.spec import RunSpec, default_settings

SEEDS = (12, 904, 33)


def spec(seeds: tuple[int, ...] = SEEDS, **settings: Any) -> RunSpec:
    """The default experiment with some settings changed; of a moment unless they say otherwise."""
    return RunSpec.two_arms(default_settings() | {"student": "mlp-30", "labels": 50, "epochs": 5} | settings, seeds)


def json_of(**settings: Any) -> str:
    """The same as JSON."""
    return spec(**settings).to_json()
