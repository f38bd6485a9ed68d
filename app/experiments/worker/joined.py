"""A training beside an ended run: what that run has is kept as it is, and only the rest is trained.

Its arms stand before arms that are new, or its seeds before seeds that are. Students do not influence each other, so
the whole has the numbers of one training of all, to rounding.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from app.experiments import snapshots
from app.experiments.spec import NotTrainable
from app.experiments.worker.engine import Beside, Engine, PlainPoint, Point, Training
from app.store import Store, files

GONE = "The run whose students are kept here is gone: train them again first."


class Ended:
    """What is kept of a run that has finished: its numbers by update, and its students. Raises NotTrainable."""

    def __init__(self, run: str, store: Store, engine: Engine) -> None:
        """run: its id."""
        stored = store.runs.get(run)
        if stored is None or stored.state != "finished":
            raise NotTrainable("run", run, GONE)
        self.run, self.record, self._engine = run, stored.record, engine
        events = store.runs.events(run, 0)
        updates = {event["seq"]: int(event["update"]) for event in events}
        self.points = {updates[event["seq"]]: event for event in events if event.get("kind") == "point"}
        self.logits = {updates[seq]: logits for seq, logits in store.runs.all_logits(run) if seq in updates}
        told = [event["losses"] for event in events if event.get("losses", {}).get("updates")]
        self._loss_at = np.array([update for losses in told for update in losses["updates"]])
        parts = [name for name in told[0] if name != "updates"] if told else []
        self._losses = {name: np.concatenate([_floats(losses[name]) for losses in told], -1) for name in parts}

    def losses(self, update: int) -> dict[str, npt.NDArray[np.float64]]:
        """Parts of the losses at an update, each (arms, seeds); of one whose losses were not kept those before it."""
        at = max(0, int(np.searchsorted(self._loss_at, update, side="right")) - 1)
        return {name: values[..., at] for name, values in self._losses.items()}

    def weights(self, update: int) -> dict[str, Any]:
        """Its students by name, as they were at an update or, if that was not kept, before it; else at the end."""
        kept = None if update >= max(self.points) else snapshots.at(self.run, update)
        return self._engine.load(kept[0] if kept else files.get(files.weights(self.run)))


class Joined:
    """A `Training` beside an ended run. There is nothing to measure between that run's points."""

    def __init__(self, training: Training[Point], ended: Ended, beside: Beside) -> None:
        self._training, self._ended, self._axis = training, ended, beside.axis
        self.updates = training.updates
        self._before = np.shape(ended.points[self.updates]["accuracy"])[beside.axis]

    @property
    def update(self) -> int:
        return self._training.update

    @property
    def epoch(self) -> float | None:
        return self._training.epoch

    def step(self) -> Mapping[str, Any]:
        new = self._training.step()
        kept = self._ended.losses(self.update)
        return {name: self._with(kept[name], part) for name, part in new.items()}

    def due(self) -> bool:
        return self._training.due()

    def evaluate(self) -> PlainPoint | None:
        """None between two points of the ended run: then nothing can be set beside the new students."""
        if (kept := self._ended.points.get(self.update)) is None:
            return None
        point = self._training.evaluate()
        arrays = {**kept.get("arrays", {}), "logits": self._ended.logits.get(self.update)}
        joined = {
            name: {
                part: self._with(before[part], values) for part, values in new.items() if before.get(part) is not None
            }
            for name, before, new in (
                ("measures", kept, point.measures),
                ("arrays", arrays, point.arrays),
                ("diagnostics", kept.get("diagnostics", {}), point.diagnostics),
            )
        }
        final = dict(point.final)
        if final:
            final["accuracy"] = self._with(kept["final"]["accuracy"], final["accuracy"])
        return PlainPoint(**joined, final=final)

    def weights(self) -> dict[str, Any]:
        return self._ended.weights(self.update) | {
            self._renamed(name): value for name, value in self._training.weights().items()
        }

    def validate(self) -> None:
        """None: sweeps are trained whole."""

    def state(self) -> dict[str, Any]:
        return self._training.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._training.restore(state)

    def _with(self, kept: Any, new: Any) -> npt.NDArray[Any]:
        return np.concatenate((_floats(kept), np.asarray(new, np.float64)), self._axis)

    def _renamed(self, name: str) -> str:
        """The name of a new student's layer behind those that are kept: "arm0.seed1.…" → "arm2.seed1.…"."""
        arm, seed, layer = name.split(".", 2)
        places = [int(arm.removeprefix("arm")), int(seed.removeprefix("seed"))]
        places[self._axis] += self._before
        return f"arm{places[0]}.seed{places[1]}.{layer}"


def _floats(values: Any) -> npt.NDArray[np.float64]:
    """As numbers; what an event has as null is NaN."""
    return np.asarray(values, np.float64)
