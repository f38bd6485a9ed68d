"""A run as files to take away: curves, settings, students' weights."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from safetensors.numpy import save

from app.catalog.declared import LOSS_PARTS
from app.experiments import kinds

HEAD = ("run", "role", "method", "temperature", "alpha", "seed", "update", "epoch", "seconds")
BOM = "\ufeff"  # without it Excel reads “Müller” in another alphabet
_LOADER = """\
import json, torch, torch.nn.functional as F
from safetensors import safe_open
file = safe_open("FILE", "pt")
layers, mean, spread = (json.loads(file.metadata()[key]) for key in ("layers", "mean", "spread"))
def logits(x, student="STUDENT"):  # x: pixels 0 … 255, (images, channels, side, side)
    x = (x / 255 - torch.tensor(mean)[:, None, None]) / torch.tensor(spread)[:, None, None]
    for layer in layers:
        w = [file.get_tensor(f"{student}.{layer['name']}.{part}") for part in ("weight", "bias") if "name" in layer]
        if layer["kind"] == "Conv": x = F.conv2d(x, *w, layer["stride"], layer["padding"])
        if layer["kind"] == "Relu": x = F.leaky_relu(x, layer["slope"])
        if layer["kind"] == "Linear": x = F.linear(x.flatten(1), *w)
    return x
"""
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")


def no_formula(text: str) -> str:
    """A text as it may stand in a spreadsheet, which would compute what begins like a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def curves_csv(run_id: str, spec: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> str:
    """A row for every student at every point. Fractions and nats as measured; empty if there is no value.

    spec: as JSON, with "seeds". The losses are means over the updates since the point before. If the students were
    tested on the official test images at the end, two columns say with which accuracy, and on how many; if an arm has
    a bug, a last column names it. An arm that is of no cohort has its words in place of a method. Raises SpecError for
    a kind that this version does not know.
    """
    measures = [measure.key for measure in kinds.class_of(spec.get("kind", kinds.FIRST)).measures]
    arms = _arms(spec)
    bugs = [arm.get("bug", "") for arm in arms]
    more = ("bug",) if any(bugs) else ()
    final = ("final_accuracy", "final_images") if any(event.get("final") for event in events) else ()
    body = io.StringIO()
    table = csv.writer(body, lineterminator="\n")
    table.writerow((*HEAD, *measures, *(f"{part}_loss" for part in LOSS_PARTS), *final, *more))
    for event in events:
        if event.get("kind") != "point":
            continue
        when = (event["update"], event.get("epoch", ""), event.get("seconds", ""))
        for a, arm in enumerate(arms):
            told = [arm["role"], arm.get("method", arm.get("words")), arm.get("temperature", ""), arm.get("alpha", "")]
            for s, seed in enumerate(spec["seeds"]):
                measured = [_at(event.get(name), a, s) for name in measures]
                losses = [_mean(_at(event.get("losses", {}).get(part), a, s)) for part in LOSS_PARTS]
                end = event.get("final") or {}
                ended = [_at(end.get("accuracy"), a, s), end.get("images", "")] if final else []
                table.writerow([run_id, *told, seed, *when, *measured, *losses, *ended, *([bugs[a]] if more else [])])
    return body.getvalue()


def settings_json(about: Mapping[str, str], spec: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """What is needed to make the same run again, what made this one, and what it found.

    about: "run", its id; "name"; "verdict", a sentence; what is empty is left out.
    """
    told = {key: text for key, text in about.items() if text}
    return json.dumps({**told, "spec": spec, "record": record}, indent=2, ensure_ascii=False) + "\n"


def weights_file(
    about: Mapping[str, str], spec: Mapping[str, Any], tensors: Mapping[str, Any], network: Mapping[str, Any]
) -> bytes:
    """Students' weights as safetensors: each tensor is called by its arm and its seed's number, and the metadata say
    what made them and how to compute with them. about: as for `settings_json`; tensors: by "arm{a}.seed{s}.<layer>";
    network: their layers, and what images must become first, empty if this version does not know. Raises SpecError.
    """
    arms, seeds = _arms(spec), spec["seeds"]
    names = arm_names(arms)
    called = {f"arm{a}.seed{s}.": f"{name}.seed{seed}." for a, name in enumerate(names) for s, seed in enumerate(seeds)}
    told = {key: text for key, text in about.items() if text}
    told |= {"tensors": "<arm>.seed<number>.<layer>", "seeds": json.dumps(seeds)}
    told |= {"arms": json.dumps(dict(zip(names, arms, strict=True))), "spec": json.dumps(spec)}
    told |= {key: json.dumps(value) for key, value in network.items()}
    return save({_called(name, called): tensor for name, tensor in tensors.items()}, told)


def arm_names(arms: Sequence[Mapping[str, Any]]) -> list[str]:
    """What arms are called in weight files, as in "labels", "distilled"; with numbers if several have the same role."""
    roles = [str(arm.get("role", "arm")) for arm in arms]
    return [role if roles.count(role) == 1 else f"{role}{roles[: at + 1].count(role)}" for at, role in enumerate(roles)]


def loader(file: str, student: str) -> str:
    """A short script for PyTorch that computes with a file of weights. student: as its tensors are called."""
    return _LOADER.replace("FILE", file).replace("STUDENT", student)


def _called(name: str, called: Mapping[str, str]) -> str:
    start = ".".join(name.split(".")[:2]) + "."
    return called.get(start, start) + name.removeprefix(start)


def _arms(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The arms of an experiment as JSON. Raises SpecError for a kind that this version does not know."""
    arms = list(spec.get("arms", ()))
    if arms and isinstance(arms[0], Mapping):  # of a cohort, perhaps of another version
        return arms
    return [dict(vars(arm)) for arm in kinds.read(json.dumps(spec)).arm_words()]


def _at(values: Any, arm: int, seed: int) -> Any:
    """values[arm][seed], "" if that is not there or null."""
    try:
        value = values[arm][seed]
    except (TypeError, IndexError, KeyError):
        return ""
    return "" if value is None else value


def _mean(values: Sequence[float | None] | str) -> float | str:
    known = [value for value in values if isinstance(value, int | float)]
    return float(f"{sum(known) / len(known):.6g}") if known else ""
