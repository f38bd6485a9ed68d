"""The kind `chain`: a comparison with one arm more, which students of the run before teach in the teacher's place.

It is the control of a comparison: the same images, marked by the students with labels only, each seed by its own. What
they take an image for is softened evenly. To copy one's own logits instead is to become what one becomes anyway, a
control that cannot win: with 100 labels and 3,500 more images of MNIST it gains 0.0 ± 0.1 points, and this one 4.9 ±
0.7. It is self-training in its plainest form (Lee 2013, pseudo-labels). It can show that more images do not do it by
themselves, and not that no way without a teacher would (Xie 2020, noisy student; Sohn 2020, FixMatch).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Self

from app.experiments.kinds import Pair
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import SpecError, check_weights_here, is_run_id

TAUGHT_BY_LOGITS = ("kd", "logits", "dkd", "named")  # methods that need nothing of a teacher but its logits


@dataclass(frozen=True)
class TeacherRef:
    """The students of an arm of a run that has finished; each seed is taught by its own.

    choice: by its first choice, evenly softened, as sure of itself as the teacher is on average; else by its logits.
    """

    run: str
    arm: int
    choice: bool = False


@dataclass(frozen=True)
class Chain(RunSpec):
    """All arms but the last are those of the run that `taught_by` names: they are kept. Raises SpecError."""

    taught_by: TeacherRef = field(kw_only=True)

    kind: ClassVar[str] = "chain"
    roles: ClassVar[tuple[str, ...]] = (*RunSpec.roles, "control")

    def __post_init__(self) -> None:
        super().__post_init__()
        *before, last = self.arms
        if [arm.role for arm in before].count("control") or last.role != "control" or len(before) < 2:
            raise SpecError("arms", len(self.arms), "must be those of a comparison, and a control behind them")
        if last.method not in TAUGHT_BY_LOGITS or last.bug:
            raise SpecError("method", last.method, f"must be one of {', '.join(TAUGHT_BY_LOGITS)} in a control")
        ref = self.taught_by
        if not isinstance(ref, TeacherRef) or not is_run_id(str(ref.run)) or ref.arm not in range(len(before)):
            raise SpecError("taught_by", ref, f"must name a run and the place of an arm, 0 to {len(before) - 1}")
        if self.kept:
            raise SpecError("kept", self.kept, "must be none in a chain")

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        try:
            return super().from_fields({**fields, "taught_by": TeacherRef(**fields["taught_by"])})
        except (TypeError, KeyError) as error:
            raise SpecError("taught_by", fields, "must name a run and the place of an arm") from error

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, **super().as_dict()}

    @property
    def comparison(self) -> RunSpec:
        """All arms but the new one."""
        return RunSpec(**_shared(self), arms=self.arms[:-1])

    @property
    def trained(self) -> RunSpec:
        """The new arm alone."""
        return RunSpec(**_shared(self), arms=(replace(self.arms[-1], role="distilled"),))

    def check_trainable(self) -> None:
        """Raise NotTrainable if this machine has not what the experiment needs, or its teachers are gone."""
        super().check_trainable()
        check_weights_here(self.taught_by.run)

    def compared(self) -> tuple[Pair, ...]:
        """The distilled students against the control, then the control against labels only."""
        last = len(self.arms) - 1
        taught = next(at for at, arm in enumerate(self.arms) if arm.role == "distilled")
        return Pair(last, taught, "accuracy"), Pair(self.taught_by.arm, last, "accuracy")

    def in_short(self) -> str:
        return f"{super().in_short()}, with a control"


def control_of(spec: RunSpec, run: str, method: str = "") -> Chain:
    """The comparison of a run that has finished, and its control: taught by the students with labels only.

    method: which of its taught arms the control is of, "" for the first.
    """
    taught = next(arm for arm in spec.arms if arm.role == "distilled" and method in ("", arm.method))
    plain = next(at for at, arm in enumerate(spec.arms) if arm.role == "labels")
    arms = (*spec.arms, replace(taught, role="control"))
    return Chain(**_shared(spec), arms=arms, taught_by=TeacherRef(run, plain, choice=True))


def has_control(spec: RunSpec) -> bool:
    """Whether a comparison has a control: images that only the teacher marks, by its logits, and no mistake."""
    if isinstance(spec, Chain) or not spec.unlabelled:
        return False
    plain = [arm.role for arm in spec.arms] == ["labels", "distilled"]
    return plain and spec.arms[1].method in TAUGHT_BY_LOGITS and not spec.arms[1].bug


def _shared(spec: RunSpec) -> dict[str, Any]:
    """The fields of a plain cohort but its arms."""
    shared = {one.name: getattr(spec, one.name) for one in fields(RunSpec) if one.name not in ("arms", "kept")}
    return shared | {"looked": spec.extended}


KIND = Chain
