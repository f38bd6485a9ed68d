"""The page of one's own images, in each of its states."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.catalog import available, paths
from app.catalog.own_sets import MOST_BYTES, MOST_SETS, harmless, plain_name
from app.catalog.pack import read_pack
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.images.image_classes import class_names
from app.images.sources import class_name
from app.server import identity
from app.store import Store, StoreError
from app.store.image_sets import GONE, UPLOAD, ImageSets
from tests.own_images import (
    THREE,
    brought,
    found,
    pets,
    read,
    was_previewed,
    was_read,
    was_taught,
    write_teacher,
    zip_bytes,
)
from tests.pictures import png
from tests.views.conftest import ME, SOMEBODY, Opened, address, press, sent, words
from tests.waiting import PATIENCE

Visit = Callable[[], AppTest]
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, store: Store, learner: str) -> Visit:
    """Opens the page of one's own images alone, without the script around it."""

    def script() -> None:
        import streamlit as st

        from app.views import lab, own_images, routes

        here = st.Page(own_images.page, title="Your images", url_path="images", default=True)
        there = st.Page(lab.page, title="Lab", url_path="lab")
        routes.name([here, there])
        st.navigation([here, there], position="hidden").run()

    def opened() -> AppTest:
        page = AppTest.from_function(script, default_timeout=PATIENCE)
        page.run()
        assert not page.exception
        return page

    return opened


def said(page: AppTest) -> str:
    """All words of the page, what came from a stranger included."""
    return "\n".join([words(page), *(str(text.value) for text in page.text), *(one.value for one in page.header)])


def html_of(page: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in page.get("html"))


def upload(page: AppTest, content: bytes, name: str = "Our insects.zip") -> AppTest:
    page.file_uploader[0].set_value((name, content, "application/zip")).run()
    assert not page.exception
    return page


# ── bringing images ──────────────────────────────────────────────────────────────────────────────────────────────


def test_what_to_bring_is_said(page: Visit) -> None:
    shown = page()
    text = said(shown)
    for part in ("2 to 10 folders", "At least 10 images in each, 80 in all; at most 2,000", "100 MB", "train/CLASS"):
        assert part in text
    assert shown.file_uploader[0].allowed_type == [".zip"]


def test_an_upload_is_kept_and_waits_to_be_read(page: Visit, store: Store) -> None:
    body = zip_bytes(pets(each=27))
    shown = upload(page(), body)
    (one,) = store.images.of(ME)
    assert (one.name, one.job, one.state) == ("Our insects", "read", "queued")
    assert (paths.own_folder(one.id) / UPLOAD).read_bytes() == body
    assert "Reading your images: in a moment" in shown.get("progress")[0].proto.text
    assert shown.file_uploader[0].value is None, "the field is empty again, and so is the server's memory"


def test_too_large_or_empty_a_file_is_refused(page: Visit, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The file is empty" in said(upload(page(), b""))
    monkeypatch.setattr("app.catalog.own_sets.MOST_BYTES", 1_000_000)
    assert "can be taken. Make the images smaller" in said(upload(page(), b"x" * 1_000_001))
    assert store.images.of(ME) == [] and not list((paths.home()).glob("images/*"))


def test_a_full_disk_or_store_is_a_sentence_and_leaves_nothing(
    page: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise StoreError("The store is busy. Try again.")

    monkeypatch.setattr(ImageSets, "add", refused)
    assert "The store is busy. Try again." in said(upload(page(), b"zip"))
    assert not list((paths.home() / "images").glob("*"))


def test_nobody_without_a_cookie(page: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: None)
    shown = page()
    assert "Allow cookies" in said(shown) and not shown.file_uploader


def test_as_many_as_anybody_may_have(page: Visit, store: Store) -> None:
    for _ in range(MOST_SETS):
        was_read(store, ME)
    shown = page()
    assert f"You have {MOST_SETS} sets here" in said(shown) and not shown.file_uploader


# ── what was understood ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_understood_is_shown_before_anything_is_trained(page: Visit, store: Store) -> None:
    evil = "<script>alert(1)</script>"
    files = pets(["<b>ants</b>".replace("/", "∕"), "bees", "**wasps**"], each=30) | {
        "bees/odd.png": b"x",
        "bees/n.txt": b"x",
    }
    files |= {f"bees/{evil.replace('/', '∕')}.png": b"odd"}
    set_id = was_read(store, ME, files)
    shown = page()
    assert "3 classes, **72 images to learn from** and **18 to test on**, 28 × 28 pixels in grey." in said(shown)
    drawn = html_of(shown)
    assert "&lt;b&gt;ants" in drawn and "<b>ants" not in drawn and "<script" not in drawn
    assert f"/api/data/{set_id}/test/" in drawn
    assert "Left out: 2 that cannot be used, 1 that is no image" in [one.label for one in shown.expander]
    assert shown.checkbox[0].value is False, "grey images are letters and digits as often as not"


def test_a_contact_sheet_comes_first_and_names_can_be_changed(page: Visit, store: Store) -> None:
    set_id = was_previewed(store, ME, pets(each=30) | {"bees/odd.heic": HEIC})
    shown = page()
    assert "90 images in 3 classes" in said(shown) and "Nothing is trained yet" in said(shown)
    assert [one.label for one in shown.text_input] == [f"Class {number}: 30 images" for number in (1, 2, 3)]
    assert all(f"/api/data/{set_id}/class/{number}.png" in html_of(shown) for number in range(3))
    assert "is a HEIC photo" in html_of(shown) and not shown.checkbox
    shown.text_input[0].set_value("**Ameisen** :gear:").run()
    assert found(store, set_id).record["choices"]["names"]["ants"] == "**Ameisen** :gear:"
    assert page().text_input[0].value == "**Ameisen** :gear:", "a reload has it, too"
    press(shown, f"accept-{set_id}")
    one = found(store, set_id)
    assert [c["name"] for c in one.record["classes"]] == ["**Ameisen** :gear:", "bees", "wasps"]
    assert "72 images to learn from** and **18 to test on" in said(shown) and "**Ameisen** :gear:" in html_of(shown)
    assert "one image is 5.6 points" in html_of(shown), "said before anything is trained"


def test_what_is_open_is_asked(page: Visit, store: Store) -> None:
    files = pets(each=30) | {"moths/": b""}
    files |= {f"{name}/s{i}.png": png(300 + i, "L") for name in ("ants", "bees") for i in range(5)}
    set_id = was_previewed(store, ME, files)
    shown = page()
    accept = shown.button(key=f"accept-{set_id}")
    assert accept.disabled and "“moths” has no images." in said(shown)
    assert "Say what becomes of the images that are in two classes." in said(shown)
    assert shown.radio[0].value is None and "5 pictures are in two classes" in shown.radio[0].label
    shown.checkbox[0].check().run()
    shown.radio[0].set_value("bees").run()
    assert not shown.button(key=f"accept-{set_id}").disabled
    press(shown, f"accept-{set_id}")
    assert [c["learn"] + c["test"] for c in found(store, set_id).record["classes"]] == [30, 35, 30]


def test_too_few_are_shown_all_the_same(page: Visit, store: Store) -> None:
    set_id = was_previewed(store, ME, pets(each=12))
    shown = page()
    assert "There are 36 different images" in said(shown) and shown.button(key=f"accept-{set_id}").disabled


def test_names_that_would_be_one_are_told(page: Visit, store: Store) -> None:
    set_id = was_previewed(store, ME)
    shown = page()
    shown.text_input[0].set_value("bees").run()
    press(shown, f"accept-{set_id}")
    assert "Two classes would be called" in said(shown) and "preview" in found(store, set_id).record


def test_asking_for_a_teacher(page: Visit, store: Store) -> None:
    set_id = was_read(store, ME)
    shown = page()
    shown.text_input[0].set_value("Ants :red[&] **bees**").run()
    shown.checkbox[0].check().run()
    press(shown, f"teach-{set_id}")
    one = found(store, set_id)
    assert (one.job, one.state, one.name, one.record["mirror"]) == ("teach", "queued", "Ants red & bees", True)
    assert "Training a teacher: in a moment" in shown.get("progress")[0].proto.text


def test_what_cannot_be_used_says_why_and_makes_room(page: Visit, store: Store) -> None:
    set_id = brought(store, ME, b"no zip")
    read(store, set_id)
    shown = page()
    assert "“Insects” cannot be used." in said(shown) and "neither a folder nor a complete zip" in said(shown)
    press(shown, f"remove-{set_id}")
    assert store.images.of(ME) == []


# ── a teacher in training, ended, there ──────────────────────────────────────────────────────────────────────────


def test_progress_and_cancelling(page: Visit, store: Store) -> None:
    set_id = was_read(store, ME)
    store.images.ask_for_teacher(set_id, ME)
    store.jobs.set(set_id, state="running", done=0.4, message="epoch 8 of 20: 80% of 12 images kept aside are right")
    shown = page()
    bar = shown.get("progress")[0].proto
    assert bar.value == 40 and "epoch 8 of 20" in bar.text
    press(shown, f"cancel-{set_id}")
    assert "was cancelled. It can go on from there" in said(shown)
    press(shown, f"teach-{set_id}")
    assert found(store, set_id).state == "queued"


def test_the_time_is_said_before_and_each_class_after(page: Visit, store: Store) -> None:
    set_id = was_read(store, ME)
    assert "The teacher trains for about **10 s** if nobody else trains here" in said(page())
    was_taught(store, SOMEBODY)
    write_teacher(set_id)
    file = paths.own_folder(set_id) / "teacher.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"class_accuracy": [1.0, 0.5, None]}))
    drawn = html_of(page())
    assert "the teacher gets 100% of these right" in drawn and "the teacher gets 50% of these right" in drawn


def test_others_are_before_you(page: Visit, store: Store) -> None:
    other, mine = was_read(store, SOMEBODY), was_read(store, ME)
    store.images.ask_for_teacher(other, SOMEBODY)
    store.images.ask_for_teacher(mine, ME)
    assert "1 other is before you" in page().get("progress")[0].proto.text


def test_a_training_that_failed_is_told(page: Visit, store: Store) -> None:
    set_id = was_read(store, ME)
    store.images.ask_for_teacher(set_id, ME)
    store.jobs.set(set_id, state="failed", message="There is not enough memory.")
    shown = page()
    assert "did not end well" in said(shown) and "There is not enough memory." in said(shown)
    assert "Go on with the teacher" in shown.button(key=f"teach-{set_id}").label


def test_a_teacher_is_there_and_the_way_to_the_lab(page: Visit, store: Store) -> None:
    set_id = was_taught(store, ME)
    shown = page()
    assert "gets **40.0%** of 18 test images right (95% interval 20% to 60%)" in said(shown)
    assert "may be no better than guessing (33%)" in said(shown)
    link = shown.get("page_link")[0].proto
    for part in (f"data={set_id}", "labels=50", "epochs=100", "shift=2", "seeds=5"):
        assert part in link.query_string, "updates enough to learn, and each time a little shifted"
    press(shown, f"remove-{set_id}")
    assert store.images.of(ME) == [] and not paths.own_folder(set_id).exists()


def test_images_that_made_room_say_so(page: Visit, store: Store) -> None:
    set_id = was_taught(store, ME)
    store.images.forget(0)
    assert found(store, set_id).state == "finished", "not while they are young"
    from sqlalchemy import update

    from app.store.tables import image_sets, jobs

    with store.database.write() as db:
        db.execute(update(image_sets).values(record="{}"))
        db.execute(update(jobs).values(state="gone", message=GONE))
    shown = page()
    assert GONE in said(shown)
    press(shown, f"remove-{set_id}")
    assert store.images.of(ME) == []


def test_only_ones_own_are_listed(page: Visit, store: Store) -> None:
    was_taught(store, SOMEBODY, name="Not yours")
    assert "Not yours" not in said(page())


# ── in the lab ───────────────────────────────────────────────────────────────────────────────────────────────────


def offered(page: AppTest) -> list[str]:
    return [str(option.content) for option in page.get("button_group")[0].proto.options]


def test_the_lab_offers_ones_own_images_and_nobody_elses(opened: Opened, store: Store) -> None:
    mine, other = was_taught(store, ME, name="Mine"), was_taught(store, SOMEBODY, name="Theirs")
    shown = opened()
    assert "Mine" in offered(shown) and "Theirs" not in offered(shown)
    assert other not in str(shown.get("bidi_component"))
    shown = opened(data=mine, labels="50")
    assert (address(shown)["data"], address(shown)["teacher"]) == (mine, mine)
    assert sent(shown, "answers")["classes"] == list(THREE)
    shown.button(key="train").click().run()
    (run,) = store.runs.of(ME)
    assert RunSpec.read(run.spec_json).teacher == mine


def test_whoever_has_the_link_sees_the_images(opened: Opened, store: Store) -> None:
    theirs = was_taught(store, SOMEBODY, name="Theirs")
    shown = opened(data=theirs, labels="50")
    assert "Theirs" in offered(shown)
    assert sent(shown, "bench")["words"]["data"][theirs] == "Theirs"
    shown = opened()
    assert "Theirs" not in offered(shown)


def test_a_run_on_images_that_were_removed_keeps_its_numbers(opened: Opened, store: Store) -> None:
    mine = was_taught(store, ME)
    settings = default_settings() | {"data": mine, "teacher": mine, "labels": 50}
    run_id = store.runs.submit(RunSpec.two_arms(settings, (11, 12)), ME)
    store.runs.request(run_id, ME, "stop")
    store.images.remove(mine, ME)
    shown = opened(run=run_id)
    assert "no longer on this machine" in words(shown)


@pytest.mark.parametrize("data", ["own-aaaaaaaaaaaaaaaa", "own-../../etc", "own-<b>", "own-" + "a" * 500])
def test_a_made_up_id_is_a_sentence(opened: Opened, data: str) -> None:
    shown = opened(data=data)
    assert "is not on offer" in words(shown) and address(shown).get("data", "mnist") == "mnist"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Our pets", "Our pets"),
        ("**b** :red[x] $y$ `z`", "b red x y z"),
        ("<img src=x>", "img src x"),
        ("- 1. # list", "1 list"),
        ("", "Images"),
        ("名前" * 40, "名前" * 12),
        ("a\u202eb\n\tc", "a b c"),
    ],
)
def test_names_are_harmless(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_the_servers_limit_is_the_one_that_the_page_names() -> None:
    text = (paths.PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert f"maxUploadSize = {MOST_BYTES // 1_000_000} " in text


ODD = (
    *(
        "=1+1",
        "$x_1$ and $y$",
        "**bold** [link](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        ":red[x] :gear:",
    ),
    *("CON", "-5", "חתולים", "+", "a\u202egnp.b"),
)


def test_class_names_that_mean_something_are_text_wherever_they_stand(
    page: Visit, opened: Opened, store: Store
) -> None:
    """On the page of one's own images, in the lab, in a run's name, and in what is taken away."""
    mine = was_taught(store, ME, pets(ODD, each=12), name="Odd")
    names = class_names(mine)
    assert len(set(names)) == len(ODD) and set(names) == {harmless(class_name(name)) for name in ODD}
    drawn = html_of(page())
    assert "<img src=x" not in drawn and "&lt;img src=x onerror=alert(1)&gt;" in drawn
    for number, name in enumerate(names):
        settings = default_settings() | {"data": mine, "teacher": mine, "labels": 50, "left_out": number}
        experiment = RunSpec.two_arms(settings, (11, 12))
        assert f"without {name}" in experiment.in_short()
    run_id = store.runs.submit(experiment, ME)
    store.runs.request(run_id, ME, "stop")
    lab = opened(run=run_id)
    assert sent(lab, "answers")["classes"] == list(read_pack(available.data_sets()[mine].path).classes)
    assert names[-1] in words(lab) and not any(f"class {odd} " in words(lab) for odd in ODD if harmless(odd) != odd)
