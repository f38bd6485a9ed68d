"""What students learn from, changed: each module has `vary(material, seed, amount)`, found by the variant's name.

`SEEDED` says whether a seed's material differs from another's. The pool of every seed then lies in one material, so a
seeded variant takes as many times the memory.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from types import ModuleType

import torch

from app.catalog.variants import VARIANTS, DataVariant
from app.distillation.datasets import Material


def varied(material: Material, variants: Sequence[DataVariant], seeds: Sequence[int]) -> tuple[Material, list[slice]]:
    """The material with all changes made, in order, and where each seed's images are in its pool.

    Raises ValueError for an unknown variant, an amount out of its range, or a change that the material does not allow.
    """
    modules = [_module(variant) for variant in variants]

    def of_seed(seed: int) -> Material:
        changed = material
        for module, variant in zip(modules, variants, strict=True):
            changed = module.vary(changed, seed, variant.amount)
        return changed

    if not any(module.SEEDED for module in modules):
        changed = of_seed(seeds[0])
        return changed, [slice(0, len(changed.pool_labels))] * len(seeds)
    each = [of_seed(seed) for seed in seeds]
    ends = torch.tensor([len(one.pool_labels) for one in each]).cumsum(0).tolist()
    whole = replace(
        each[0],
        pool_images=torch.cat([one.pool_images for one in each]),
        pool_labels=torch.cat([one.pool_labels for one in each]),
        pool_logits=torch.cat([one.pool_logits for one in each]),
        labelled=None if each[0].labelled is None else torch.cat([one.labelled for one in each]),  # type: ignore[misc]
    )
    return whole, [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


def _module(variant: DataVariant) -> ModuleType:
    kind = VARIANTS.get(variant.name)
    if kind is None:
        raise ValueError(f"variant must be one of {', '.join(VARIANTS)}, got {variant.name}")
    if not kind.holds(variant.amount):
        raise ValueError(f"{kind.name} must be {kind.low:g} to {kind.high:g} ({kind.amount}), got {variant.amount}")
    return import_module(f"{__name__}.{variant.name}")
