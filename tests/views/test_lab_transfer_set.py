"""The lab's folded part: images without a label, and a class that is left out."""

from __future__ import annotations

from app.experiments import spec
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.store import Store
from tests.views.conftest import ME, Opened, address, press, words
from tests.views.test_lab import settings_on, shown_by_widgets

# ── fewer labels ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_unlabelled_images_are_set_trained_and_linked_to(opened: Opened, store: Store) -> None:
    page = opened(labels="100")
    page.select_slider(key="control-unlabelled").set_value(3500).run()
    assert address(page) == spec.query_from(default_settings() | {"labels": 100, "unlabelled": 3500}, None, None)
    assert "nobody knows their labels" in words(page).lower()
    press(page, "train")
    [run] = store.runs.of(ME)
    trained = RunSpec.read(run.spec_json)
    assert (trained.labels, trained.unlabelled) == (100, 3500)
    assert address(opened(run=run.id)) == address(page)
    assert "MNIST, 100 labelled and 3,500 unlabelled" in opened(run=run.id).button(key=f"open-{run.id}").label
    page.select_slider(key="control-unlabelled").set_value(0).run()
    press(page, "reset")
    assert settings_on(page)["unlabelled"] == 3500 == shown_by_widgets(page)["unlabelled"]


def test_more_labels_leave_fewer_images_without(opened: Opened) -> None:
    page = opened(labels="100", unlabelled="3500")
    page.select_slider(key="control-labels").set_value(3000).run()
    assert settings_on(page)["unlabelled"] == 1000 and address(page)["unlabelled"] == "1000"
    page.select_slider(key="control-labels").set_value(4000).run()
    assert "unlabelled" not in address(page) and "Every image has a label here" in words(page)
    assert not [slider for slider in page.select_slider if slider.key == "control-unlabelled"]


def test_a_method_that_needs_labels_says_so_where_images_have_none(opened: Opened) -> None:
    page = opened(unlabelled="500", method="dkd")
    assert page.button(key="train").disabled
    assert "Decoupled needs the label of every image: choose “Soft labels”" in words(page)
    page.select_slider(key="control-unlabelled").set_value(0).run()
    assert not page.button(key="train").disabled


def test_a_closed_popover_is_told_its_values_at_every_run(opened: Opened) -> None:
    """A browser that opens it later takes what it was told last, and would else take the default."""
    page = opened(labels="100", unlabelled="3500", left_out="3")
    for _ in range(2):
        slider = page.select_slider(key="control-unlabelled").proto
        box = page.selectbox(key="control-left_out").proto
        assert slider.set_value and box.set_value
        assert list(slider.raw_value) == ["3,500"] and box.raw_value == "3"
        page.run()


# ── a class that is left out ─────────────────────────────────────────────────────────────────────────────────────


def test_a_class_is_left_out_by_its_name_and_kept_where_other_images_have_it(opened: Opened) -> None:
    page = opened()
    box = page.selectbox(key="control-left_out")
    assert box.value is None and list(box.options) == list("0123456789")
    box.select_index(3).run()
    assert settings_on(page)["left_out"] == 3 and address(page)["left_out"] == "3"
    labels = [one.proto.popover.label for one in page.get("popover")]
    assert "And 3,500 without a label, No image of class 3" in labels
    page.select_slider(key="control-labels").set_value(3000).run()
    page.pills(key="control-data").set_value("fashion").run()
    assert settings_on(page)["left_out"] is None and "left_out" not in address(page)
    assert "dress" in page.selectbox(key="control-left_out").options


def test_without_a_class_there_are_fewer_labels_to_choose(opened: Opened) -> None:
    page = opened(left_out="3", labels="4000")
    assert settings_on(page)["labels"] == 3000
    assert page.select_slider(key="control-labels").options[-1] == "3,000"
    assert "MNIST without 3 has fewer than 4,000, so 3,000 are taken." in words(page)


def test_a_run_without_a_class_is_trained_and_found_again(opened: Opened, store: Store) -> None:
    page = opened(left_out="7")
    press(page, "train")
    run = store.runs.of(ME)[0]
    assert RunSpec.read(run.spec_json).left_out == 7
    again = opened(run=run.id)
    assert settings_on(again)["left_out"] == 7
