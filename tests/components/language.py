"""Writes what the browser's language model is tested against: models and texts, and what torch answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from app.catalog.language_models import STUDENT, TEACHER, weights_file
from app.catalog.transformer import Transformer
from app.distillation.checkpoints import read_tensors, write_tensors
from app.distillation.datasets import generator
from app.distillation.language import first_weights, next_word_logits
from app.distillation.texts import drawn


def write(folder: Path) -> list[dict[str, Any]]:
    """Write weights, and return [{model, weights, texts, logits}]: paths of weights; logits (texts, words, classes)."""
    folder.mkdir()
    write_tensors(
        folder / "student", {name: weight[0] for name, weight in first_weights(STUDENT, (3,), "js").items()}, {}
    )
    return [_answers(STUDENT, folder / "student"), _answers(TEACHER, weights_file())]


def _answers(model: Transformer, path: Path) -> dict[str, Any]:
    weights = {name: weight.float()[None] for name, weight in read_tensors(path)[0].items()}
    texts = drawn(12, generator(3, "js")).words[:, :-1]
    with torch.inference_mode():
        logits = next_word_logits(model, weights, texts[None])[0]
    shape = {"heads": model.heads, "blocks": model.blocks}
    return {"model": shape, "weights": str(path), "texts": texts.tolist(), "logits": logits.tolist()}
