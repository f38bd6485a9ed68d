"""Train the teacher of the language about fruit and vehicles, measure it exactly, and write weights and manifest.

    python -m pretrained.train_language              (a minute on one core)
    python -m pretrained.train_language --dry-run    (seconds; writes to a temporary folder)

It reads sentences that are drawn from the language, as text. How far it is then from the truth is no estimate: the
language is known, so every beginning of a sentence is asked. Weights are stored with half as many digits, and measured
as they are stored.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from app.catalog.grammar import NOUNS, beginnings
from app.catalog.language_models import ANSWERS, MANIFEST, TEACHER, digest, folder
from app.distillation.datasets import generator
from app.distillation.language import Weights, first_weights, next_word_logits
from app.distillation.texts import Readers, Texts, as_read, drawn, measured, truth
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.stretch import machine_record

SENTENCES, UPDATES, BATCH, RATE = 60_000, 2_500, 128, 4e-3
DRY_UPDATES = 5
WARM = 0.04  # of the updates


def trained(seed: int, updates: int) -> tuple[dict[str, torch.Tensor], Texts]:
    """The weights of a teacher, and what it has read."""
    read = drawn(SENTENCES, generator(seed, "teacher text"))
    reader = Readers(TEACHER, first_weights(TEACHER, (seed,), "teacher"), RATE)
    for update in range(updates):
        rows = torch.randint(SENTENCES, (1, BATCH), generator=generator(seed, "teacher order", update))
        texts = Texts(read.words[rows], read.real[rows])
        reader.learn(reader.losses(texts, as_read(texts), torch.ones(1)), (update + 1) / updates, WARM)
    return {name: weight.detach()[0] for name, weight in reader.weights.items()}, read


def write_answers(file: Path, weights: Weights) -> None:
    """Write what a teacher says after every beginning up to the noun, for whoever has no torch."""
    asked = truth()
    texts = [one[1:] for one in beginnings()]
    early = [at for at, words in enumerate(texts) if not set(words) & set(NOUNS)]
    with torch.no_grad():
        said = next_word_logits(TEACHER, weights, asked.texts[None, asked.row[early]])[0]
    logits = said[torch.arange(len(early)), asked.place[early]].numpy()
    np.savez_compressed(file, beginnings=np.array([" ".join(texts[at]) for at in early]), logits=logits)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, measure, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of weights, text and order (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="of torch (default: %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="a few updates, to a temporary folder")
    asked = parser.parse_args(argv)
    torch.set_num_threads(asked.threads)
    start, updates = time.perf_counter(), DRY_UPDATES if asked.dry_run else UPDATES
    weights, read = trained(asked.seed, updates)
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) if asked.dry_run else folder()
        out.mkdir(parents=True, exist_ok=True)
        file = out / "fruit.safetensors"
        TorchEngine().save(weights, file, half=True)
        stored = {name: weight.float()[None] for name, weight in load_file(file).items()}
        found = {name: float(values) for name, values in measured(TEACHER, stored).items()}
        write_answers(out / ANSWERS, stored)
        record = {
            **machine_record(),
            "threads": asked.threads,
            "file": file.name,
            "sha256": digest(file),
            "answers_sha256": digest(out / ANSWERS),
            "bytes": file.stat().st_size,
            "precision": "float16",
            "model": dataclasses.asdict(TEACHER),
            "parameters": TEACHER.parameters,
            "command": f"python -m pretrained.train_language --seed {asked.seed} --threads {asked.threads}",
            "seed": asked.seed,
            "sentences": SENTENCES,
            "words_read": read.count,
            "updates": updates,
            "kl_to_truth": round(found["kl"], 5),
            "overlap_with_truth": round(found["overlap"], 5),
            "beginnings": len(beginnings()),
            "seconds": round(time.perf_counter() - start, 1),
            "date": datetime.now(UTC).date().isoformat(),
        }
        (out / MANIFEST).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(
        f"{found['kl']:.4f} nats a word from the truth, which it overlaps by {found['overlap']:.2%}; "
        f"{TEACHER.parameters:,} parameters, {record['bytes']:,} bytes, {record['seconds']:.0f} s"
    )


if __name__ == "__main__":
    main()
