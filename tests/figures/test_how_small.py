from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

import pytest

from app.experiments import kinds
from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.rules import Rules
from app.experiments.recordings import recordings
from app.experiments.recordings.dials import RecordedDial, arm_ids, settings_of
from app.experiments.spec import NotTrainable
from app.figures.how_small import figure
from app.figures.how_small.figure import GONE, SHOWS, contents, shown
from app.store import Store, Work, shared
from app.teaching.claims import value
from app.teaching.lessons import Block, Section, lessons
from tests.figures.staged import KNOWN, opened, pressed, stage
from tests.views.conftest import ME, lab_page, sent, words


def data(of: str, **more: Any) -> dict[str, Any]:
    known = recordings(RecordedDial)
    return contents(of, tuple(known[id_] for id_ in shown(of, later=True)), **{"gallery": False} | more)


@pytest.mark.parametrize("of", SHOWS)
def test_every_stop_has_every_picture_of_every_seed(of: str) -> None:
    drawn = data(of)
    assert len(drawn["dial"]["stops"]) >= (2 if of == "assistant" else 4) and drawn["dial"]["stops"] == sorted(
        drawn["dial"]["stops"]
    )
    for cell in drawn["cells"].values():
        assert {panel["key"] for panel in drawn["panels"]} >= set(cell["values"])
        for panel in (one for one in drawn["panels"] if one["key"] in cell["values"]):
            for arm in cell["values"][panel["key"]]["arms"].values():
                assert len(arm["seeds"]) == cell["seeds"] >= 5
                there = [share for share in arm["seeds"] if share is not None]
                assert all(panel["ticks"][0] <= share <= panel["ticks"][-1] for share in there)
                if there:
                    assert arm["low"] == min(there) <= arm["mean"] <= max(there) == arm["high"]
    assert all(arm["role"] for arm in drawn["arms"].values()) and "labels" in drawn["arms"]
    assert all(arm["students"] for id_, arm in drawn["arms"].items() if id_ != "labels")
    assert all(len(set(panel["more"])) == 2 for panel in drawn["panels"])


def test_what_else_may_make_the_difference_is_offered_where_a_lesson_says_so() -> None:
    plain, controlled = data("rules"), data("rules", controls=("arm", "network"))
    assert list(plain["arms"]) == ["labels", "distilled"] and not any("leaky" in place for place in plain["cells"])
    *_, network, arm = controlled["choices"]
    assert [one["value"] for one in network["stops"]] == ["relu", "leaky"]
    assert [one["value"] for one in arm["stops"]] == ["distilled", "even", "certain", "kd-1", "kd-4"]
    assert {one["words"] for one in arm["stops"]} >= {"the teacher at T = 2", "even softness at T = 2, no teacher"}
    assert controlled["arms"]["even"]["role"] == controlled["arms"]["certain"]["role"] == "control"
    said = controlled["cells"]["4/500/relu"]["values"]["sure_of_lost"]
    assert said["arms"].keys() == said["gains"].keys() == {"labels", *(one["value"] for one in arm["stops"])}
    assert said["gains"]["even"]["mean"] > 1, "sure without a teacher"


def test_axes_have_round_ticks_and_what_is_compared_has_the_same() -> None:
    for of in SHOWS:
        panels = data(of)["panels"]
        for panel in panels:
            steps = {round(100 * (b - a), 6) for a, b in pairwise(panel["ticks"])}
            assert len(steps) == 1 and 3 <= len(panel["ticks"]) <= 5 and steps <= {1, 2, 5, 10, 20, 25, 50}
            assert panel["ticks"][0] >= 0 or 0 in panel["ticks"], "zero is a tick"
        assert of not in ("tail", "rules") or len({tuple(one["ticks"]) for one in panels}) == 1
    levels = {one["key"]: {level["words"]: level["at"] for level in one["levels"]} for one in data("rules")["panels"]}
    assert levels["larger"] == {"guessing": 0.5, "teacher": pytest.approx(0.91, abs=0.01)}
    assert levels["sure_of_untold"].keys() == {"teacher"}
    (accuracy, *_) = data("ladder")["panels"]
    assert [level["words"] for level in accuracy["levels"]] == ["guessing", "teacher"]
    assert accuracy["levels"][0]["at"] == 0.1 < 0.9 < accuracy["levels"][1]["at"] < 1


def test_an_assistant_can_be_set_against_the_teacher_itself_and_units_have_no_rate_where_none_is_offered() -> None:
    drawn = data("assistant", controls=("arm",))
    *_, arm = drawn["choices"]
    assert [one["value"] for one in arm["stops"]] == ["distilled", "assistant", "between"]
    assert [drawn["arms"][one["value"]]["against"] for one in arm["stops"]] == ["labels", "labels", "distilled"]
    values = drawn["cells"]["2066/376/relu"]["values"]["accuracy"]
    gains = {one: values["gains"][one]["mean"] for one in ("assistant", "distilled", "between")}
    assert gains["between"] == pytest.approx(gains["assistant"] - gains["distilled"]) and gains["between"] < -0.5
    names = [data(of, controls=("network",))["choices"][1]["name"] for of in ("ladder", "rules")]
    assert names == ["Its units and rate", "Its units"]


def test_only_some_pictures_and_a_gallery() -> None:
    drawn = data("ladder", only=("accuracy",), gallery=True)
    assert [panel["key"] for panel in drawn["panels"]] == ["accuracy"]
    assert any(cell["gallery"] for cell in drawn["cells"].values())
    for cell in drawn["cells"].values():
        assert list(cell["gallery"]) in (["mended", "broken"], [])
        for row in cell["gallery"].values():
            seeds = [image["seeds"] for image in row["most"]]
            assert seeds == sorted(seeds, reverse=True) and all(0 < count <= cell["seeds"] for count in seeds)
            assert sum(seeds) <= row["answers"] < cell["seeds"] * row["images"]
    assert drawn["cells"]["2066/2068/relu"]["gallery"]["broken"]["most"][0]["seeds"] <= 10, "as the lesson says"
    patient = drawn["cells"]["2066/2068/relu"]
    mended, broken = (patient["gallery"][name]["answers"] for name in ("mended", "broken"))
    gain = patient["values"]["accuracy"]["gains"]["distilled"]["mean"]
    assert 100 * (mended - broken) / (20 * 1000) == pytest.approx(gain, abs=0.5), "on other test images"


def test_a_learner_may_train_what_is_quick(store: Store) -> None:
    page = opened("how-small", {"of": "ladder", "train": True})
    assert not page.exception
    told = sent(page, "how_small")
    assert "9098/376/relu/distilled" in told["own"]["offers"]
    assert not any(place.startswith("279210/376") for place in told["own"]["offers"])
    lengths = [[one["value"] for one in told["choices"][0]["stops"]]]
    patient = sent(opened("how-small", {"of": "ladder", "patience": True}), "how_small")
    lengths.append([one["value"] for one in patient["choices"][0]["stops"]])
    assert lengths == [[376], [376, 2068]], "what a later prediction asks is not given away"
    assert not patient["own"]["offers"]


CONTROLLED = {"train": True, "controls": ("arm", "network")}


@pytest.mark.parametrize(
    ("of", "place"),
    [
        ("ladder", "1020/376/relu/distilled"),
        ("tail", "256/tail_unlabelled/relu/distilled"),
        ("rules", "2/500/relu/even"),
        ("rules", "2/500/leaky/distilled"),
    ],
)
def test_the_button_trains_the_same_with_new_seeds(
    store: Store, monkeypatch: pytest.MonkeyPatch, of: str, place: str
) -> None:
    state = pressed(monkeypatch, "how-small", {"of": of, **CONTROLLED}, {"place": place})
    run = store.runs.get(state["run_id"])
    assert run is not None and not state["said"]
    trained = kinds.read(run.spec_json)
    at = settings_of(trained)
    assert f"{at[SHOWS[of]['dial']]}/{at[SHOWS[of]['by']]}/{at['network']}/{arm_ids(trained)[1]}" == place
    assert len(trained.seeds) == 3 and not set(trained.seeds) & {11, 12, 13}
    page = opened("how-small", {"of": of, **CONTROLLED}, run_id=state["run_id"], started=(state["run_id"],))
    told = sent(page, "how_small")
    if of == "rules":
        assert told["own"]["run"] == state["run_id"]
    else:
        assert not told["own"]["run"] and sum('"plotly"' in one.proto.json for one in page.get("bidi_component")) == 1
    lab = lab_page()
    lab.query_params["run"] = state["run_id"]
    lab.run()
    assert not lab.exception
    assert ("belongs to a lesson, which shows it: [Rules and facts](lesson?" in words(lab)) == (of == "rules")


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
    drawn = sent(fixed, "how_small")
    assert drawn["opens"] == {"width": 6, "updates": 500, "network": "relu", "arm": "distilled"}
    assert drawn["own"]["offers"] == ["6/500/relu/distilled"]


def test_a_recording_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHOWS["rules"], "recordings", ("recorded-nowhere",))
    page = opened("how-small", {"of": "rules"})
    assert not page.exception and sent(page, "how_small")["trouble"] == GONE


def staged() -> Iterator[tuple[str, Section, Block, dict[str, Any]]]:
    """Every such figure of a lesson: lesson, step, block, and the contents from which it is drawn."""
    for lesson in lessons().values():
        for section in lesson.sections:
            for block in (one for one in section.blocks if (one.kind, one.name) == ("figure", "how-small")):
                had = block.options
                kept = tuple(recordings(RecordedDial)[id_] for id_ in shown(had["of"], later=had["patience"]))
                drawn = contents(had["of"], kept, tuple(had["only"]), tuple(had["controls"]), gallery=False)
                yield lesson.id, section, block, drawn


def opening(drawn: dict[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    return figure._opens(drawn, options, stage(KNOWN))


def at(drawn: dict[str, Any], place: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is recorded there, by measure; None if nothing is."""
    *before, arm = (place[key] for key in (drawn["dial"]["key"], *(one["key"] for one in drawn["choices"])))
    values = drawn["cells"].get("/".join(map(str, before)), {"values": {}})["values"]
    return {key: one for key, one in values.items() if arm in one["arms"]} or None


def test_every_figure_of_a_lesson_opens_where_something_was_recorded_and_so_does_every_phrase() -> None:
    found = 0
    for lesson, section, block, drawn in staged():
        opens = opening(drawn, block.options)
        assert at(drawn, opens), f"{lesson} {section.id}: nothing was recorded at {opens}"
        for one in section.blocks:
            for said in re.findall(r"\]\(set:([^)]*)\)", one.markdown):
                sets = {key: int(value) if value.isdigit() else value for key, value in parse_qsl(said)}
                assert at(drawn, opens | sets), f"{lesson} {section.id}: nothing was recorded at {said}"
                found += 1
    assert found > 30


def test_a_link_to_a_place_that_nothing_was_recorded_for_opens_beside_it(store: Store) -> None:
    options = {"of": "ladder", "controls": ("arm", "network"), "network": "leaky", "arm": "even", "size": 34186}
    assert sent(opened("how-small", options), "how_small")["opens"]["size"] == 1020


def test_what_is_seen_after_a_prediction_is_the_place_that_it_was_about_with_its_number() -> None:
    seen = 0
    for lesson, section, block, drawn in staged():
        asked = lessons()[lesson].predictions[block.options["locked"]]
        if not any((one.kind, one.name) == ("predict", block.options["locked"]) for one in section.blocks):
            continue
        opens, args = opening(drawn, block.options), asked.outcome.args
        arm = args.get("arm", "distilled")
        stands = {key: opens[key] for key in args if key in opens and key != "arm"}
        assert stands == {key: args[key] for key in stands}, f"{lesson} {section.id} opens at {stands}"
        assert arm in ("labels", opens["arm"]), f"{lesson} {section.id} shows {opens['arm']}"
        here = at(drawn, opens)
        assert here, f"{lesson} {section.id} shows nothing"
        values = here[args["measure"]]
        mean = values["arms"][arm]["learned" if args.get("learned") else "mean"]
        shown_there = values["gains"][arm]["mean"] if asked.outcome.check == "dial_gain" else 100 * mean
        assert shown_there == pytest.approx(value(asked.outcome), abs=0.051), f"{lesson} {section.id}"
        seen += 1
    assert seen == 7
