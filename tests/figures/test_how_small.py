from __future__ import annotations

from typing import Any

import pytest

from app.experiments import kinds
from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.rules import Rules
from app.experiments.recordings import recordings
from app.experiments.recordings.dials import RecordedDial, settings_of
from app.experiments.spec import NotTrainable
from app.figures.how_small import figure
from app.figures.how_small.figure import GONE, SHOWS, contents
from app.store import Store, Work, shared
from tests.figures.staged import opened, pressed
from tests.views.conftest import ME, lab_page, sent


def data(of: str, **more: Any) -> dict[str, Any]:
    known = recordings(RecordedDial)
    return contents(of, tuple(known[id_] for id_ in SHOWS[of]["recordings"]), **{"gallery": False} | more)


@pytest.mark.parametrize("of", SHOWS)
def test_every_stop_has_every_picture_of_every_seed(of: str) -> None:
    shown = data(of)
    assert len(shown["dial"]["stops"]) >= 4 and shown["dial"]["stops"] == sorted(shown["dial"]["stops"])
    for cell in shown["cells"].values():
        assert [panel["key"] for panel in shown["panels"]] == list(cell["values"])
        for panel in shown["panels"]:
            for arm in cell["values"][panel["key"]]["arms"]:
                assert len(arm["seeds"]) == cell["seeds"] >= 5
                there = [share for share in arm["seeds"] if share is not None]
                assert all(panel["low"] <= share <= panel["high"] for share in there)
                if there:
                    assert arm["low"] == min(there) <= arm["mean"] <= max(there) == arm["high"]
    assert {len(arm["role"]) > 0 for arm in shown["arms"]} == {True} and len(shown["arms"]) == 2


def test_only_some_pictures_and_a_gallery() -> None:
    shown = data("ladder", only=("accuracy",), gallery=True)
    assert [panel["key"] for panel in shown["panels"]] == ["accuracy"]
    images = [cell["gallery"] for cell in shown["cells"].values()]
    assert any(images)
    for one in images:
        broken = [image["broken"] for image in one]
        assert broken == sorted(broken, reverse=True) and all(0 < count <= 20 for count in broken)


def test_a_learner_may_train_what_is_quick(store: Store) -> None:
    page = opened("how-small", {"of": "ladder", "train": True})
    assert not page.exception
    told = sent(page, "how_small")
    assert "9098/376" in told["own"]["offers"] and "279210/376" not in told["own"]["offers"]
    assert [one["value"] for one in told["by"]["stops"]] == [376], "what a later prediction asks is not given away"
    patient = sent(opened("how-small", {"of": "ladder", "patience": True}), "how_small")
    assert [one["value"] for one in patient["by"]["stops"]] == [376, 2068] and not patient["own"]["offers"]


@pytest.mark.parametrize(("of", "place"), [("ladder", "1020/376"), ("tail", "256/tail_unlabelled"), ("rules", "2/500")])
def test_the_button_trains_the_same_with_new_seeds(
    store: Store, monkeypatch: pytest.MonkeyPatch, of: str, place: str
) -> None:
    state = pressed(monkeypatch, "how-small", {"of": of, "train": True}, {"place": place})
    run = store.runs.get(state["run_id"])
    assert run is not None and not state["said"]
    trained = kinds.read(run.spec_json)
    assert "/".join(str(settings_of(trained)[SHOWS[of][name]]) for name in ("dial", "by")) == place
    assert len(trained.seeds) == 3 and not set(trained.seeds) & {11, 12, 13}
    page = opened("how-small", {"of": of, "train": True}, run_id=state["run_id"], started=(state["run_id"],))
    told = sent(page, "how_small")
    if of == "rules":
        assert told["own"]["run"] == state["run_id"]
    else:
        assert not told["own"]["run"] and sum('"plotly"' in one.proto.json for one in page.get("bidi_component")) == 1
    lab = lab_page()
    lab.query_params["run"] = state["run_id"]
    lab.run()
    assert not lab.exception


def test_what_cannot_be_trained_now_is_not_offered(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def untrainable(_spec: RunSpec) -> Work:
        raise NotTrainable("data", "mnist", "No images.")

    monkeypatch.setattr(RunSpec, "work", untrainable)
    figure._cost.cache_clear()
    page = opened("how-small", {"of": "ladder", "train": True})
    assert not page.exception and sent(page, "how_small")["own"]["offers"] == []


def test_a_run_moves_no_dial_and_a_link_opens_at_the_nearest_stop(store: Store) -> None:
    options = {"of": "rules", "train": True, "width": 4}
    run_id = shared().runs.submit(Rules(2, 500, (11, 12, 13)), ME)
    before, after = (sent(opened("how-small", options, run_id=one), "how_small") for one in (None, run_id))
    assert (before["own"].pop("run"), after["own"].pop("run")) == (None, run_id) and before == after
    fixed = opened("how-small", options, settings={"width": 5}, fixed=("width",))
    shown = sent(fixed, "how_small")
    assert shown["opens"] == {"width": 6, "updates": 500} and shown["own"]["offers"] == ["6/500"]


def test_a_recording_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHOWS["rules"], "recordings", ("recorded-nowhere",))
    page = opened("how-small", {"of": "rules"})
    assert not page.exception and sent(page, "how_small")["trouble"] == GONE
