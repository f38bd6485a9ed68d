"""The figures of layered systems: what they show is what was recorded, and what the lessons' checks say."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.experiments.kinds.cascade import THRESHOLDS
from app.experiments.kinds.churn import RECIPES, Churn
from app.experiments.kinds.layers import GROUNDS, WAYS, Layers
from app.experiments.recordings.layered import CHURN, LAYERS, RecordedChurn, RecordedLayers
from app.experiments.recordings.recording import recordings
from app.figures.churn import figure as churn
from app.figures.flow import figure as flow
from app.figures.layers import figure as layers
from app.figures.price import figure as price
from app.teaching.checks import layers as found
from tests.figures.staged import opened, pressed, sent

AT = THRESHOLDS.index(0.9)
EVERY = tuple(one.id for one in GROUNDS)


@pytest.fixture(scope="module")
def known() -> RecordedLayers:
    return recordings(RecordedLayers)[LAYERS]


def test_every_threshold_of_every_ground_is_what_was_counted(known: RecordedLayers) -> None:
    shown = layers.contents(known, EVERY, tuple(WAYS), True)
    assert len(shown["cells"]) == len(WAYS) * len(EVERY) * 2
    for name, cell in shown["cells"].items():
        way, confidence, ground = name.split("/")
        assert (cell["passed"][0], cell["passed"][-1]) == (0, 1)
        assert all(one <= next_one for one, next_one in pairwise(cell["passed"]))
        told = {"way": way, "ground": ground, "scaled": confidence == "scaled"}
        assert 100 * cell["passed"][AT] == pytest.approx(found.layers("passed", **told), abs=0.01)
        assert 100 * cell["wrong"][AT] == pytest.approx(found.layers("sure_wrong", **told), abs=0.01)
        right = 1 - cell["passed"][AT] - cell["wrong"][AT] + cell["mended"][AT]
        assert 100 * right == pytest.approx(found.layers("right", **told), abs=0.02)
    assert shown["share"] == pytest.approx(1 / found.layers_times_cheaper())
    handed = shown["handed"]["distilled"]
    assert len({image for image, *_ in handed}) == 1000 and all(a[4] <= b[4] for a, b in pairwise(handed))


def test_a_dial_opens_where_the_lesson_says_and_a_link_holds_it() -> None:
    page = opened("layers", {"ground": "noise", "grounds": ("clean", "noise"), "ways": ("labels", "distilled")})
    data = sent(page)
    assert data["opens"] == {"threshold": 0.9, "way": "distilled", "ground": "noise", "confidence": "raw"}
    assert [one["id"] for one in data["grounds"]] == ["clean", "noise"] and not data["handed"]
    held = sent(opened("layers", {}, settings={"threshold": 0.5}, fixed=("threshold",)))
    assert held["opens"]["threshold"] == 0.5


@pytest.mark.parametrize(("figure", "kind"), [("layers", Layers), ("churn", Churn)])
def test_a_press_trains_what_the_figure_shows(figure: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    state = pressed(monkeypatch, figure, {"train": True}, {"place": ""})
    assert state["run_id"] and not state["said"]
    assert sent(opened(figure, {"train": True}))["own"]["offers"] == [""]
    assert sent(opened(figure, {}))["own"]["offers"] == []


def test_prices_are_counted_from_images(known: RecordedLayers) -> None:
    shown = price.contents(known)
    tested, student = shown["tested"]["distilled"], shown["times"]["student"] / shown["times"]["teacher"]
    chosen_on = shown["chosen_on"]["distilled"]
    spent = []
    for seed, (passed, right) in enumerate(zip(chosen_on["passed"], chosen_on["right"], strict=True)):
        costs = [handed - 10 * rights for handed, rights in zip(passed, right, strict=True)]
        at = costs.index(min(costs))
        wrong = 1 - tested["right"][seed][at] / shown["tests"]
        spent.append(student + tested["passed"][seed][at] / shown["tests"] + 10 * wrong)
    assert sum(spent) / len(spent) == pytest.approx(found.layers_price(10))
    assert found.layers_price(10, "best") <= found.layers_price(10)
    assert sent(opened("price", {"wrong": 20}))["opens"]["wrong"] == 20


def test_each_recipe_has_its_row() -> None:
    kept = recordings(RecordedChurn)[CHURN]
    shown = churn.contents(kept, tuple(one.id for one in RECIPES), True)
    for name, cell in shown["cells"].items():
        images, asked, recipe = name.split("/")
        told = {"same": images == "same", "system": asked == "systems"}
        assert 100 * cell["apart"] == pytest.approx(found.churn(recipe, **told))
        assert 0 < cell["apart"] < cell["divided"] < 1
        assert (cell["gap"] is None) == (recipe == "labels")
    assert len(shown["divided"]) == churn.SHOWN
    assert all(len(set(one["labels"])) > 2 for one in shown["divided"]), "those on which five differ most"


def test_what_flows_through_the_layers_adds_up(known: RecordedLayers) -> None:
    shown = flow.contents(known)
    for name, cell in shown["cells"].items():
        gate, ground = name.split("/")
        let = 100 - found.gate_stops("gate", ground) if gate == "gate" else 100
        for passed, kept in zip(cell["passed"], cell["kept"], strict=True):
            assert 100 * (passed + kept) == pytest.approx(let, abs=0.01)
    clothes = next(one for one in shown["refuses"] if one["ground"] == "clothes")
    assert 100 * clothes["gate"]["mean"] == pytest.approx(found.gate_stops())
    assert sent(opened("flow", {"share": 30}))["opens"]["share"] == 30


@pytest.mark.parametrize("module", [layers, price, churn, flow])
def test_a_recording_that_is_not_there_is_a_sentence(module: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "recordings", lambda _view: {})
    name = module.__name__.split(".")[-2]  # type: ignore[attr-defined]
    assert sent(opened(name))["trouble"] == module.GONE  # type: ignore[attr-defined]
