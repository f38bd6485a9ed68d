from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.declared import CONTROLS, DATA, METHODS, STUDENTS, Arm, DataSet
from app.distillation.training import Training
from app.experiments import kinds
from app.experiments.kinds.cohort import LABELS_ONLY, RunSpec
from app.experiments.recordings import Recording, recordings
from app.experiments.spec import (
    FRESH_SEEDS,
    MAX_SEED,
    NotTrainable,
    SpecError,
    default_settings,
    fresh_seeds,
    query_from,
    run_from_query,
    settings_from_query,
    teachers_for,
)
from app.images.image_classes import label_counts, unlabelled_counts
from tests.distillation.small import COLOUR, GREY, SmallPlan, declare, small_material
from tests.experiments.examples import spec

SENTENCE = re.compile(r"[A-Z][^\n<>`*_\[\]|\\]{10,400}\.")


def stepped(key: str) -> st.SearchStrategy[Any]:
    control = CONTROLS[key]
    steps = st.integers(0, round((control.high - control.low) / control.step))
    return steps.map(lambda n: type(control.default)(round(control.low + n * control.step, 6)))


seeds_strategy = st.lists(st.integers(0, MAX_SEED), min_size=1, max_size=20, unique=True).map(tuple)


@st.composite
def settings_strategy(draw: st.DrawFn) -> dict[str, Any]:
    """Every setting that the page can make."""
    data = draw(st.sampled_from(list(DATA)))
    drawn = {key: draw(st.sampled_from(CONTROLS[key].choices)) for key in ("student", "method", "shift")}
    drawn["left_out"] = left_out = draw(st.none() | st.integers(0, 9))
    drawn["labels"] = draw(st.sampled_from(label_counts(data, left_out)))
    drawn["unlabelled"] = draw(st.sampled_from(unlabelled_counts(data, drawn["labels"], left_out)))
    drawn |= {key: draw(stepped(key)) for key in ("temperature", "alpha", "epochs", "seeds")}
    return {**drawn, "data": data, "teacher": draw(st.sampled_from(teachers_for(data)))}


# ── URL ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(settings_strategy(), st.none() | seeds_strategy, st.none() | st.from_regex(r"[a-z0-9]{12}", fullmatch=True))
def test_every_setting_survives_the_url(
    settings: dict[str, Any], seeds: tuple[int, ...] | None, run_id: str | None
) -> None:
    query = query_from(settings, seeds, run_id)
    read, read_seeds, problems = settings_from_query(query)
    assert problems == []
    assert read == settings | ({"seeds": len(seeds)} if seeds else {})
    assert {key: type(value) for key, value in read.items()} == {key: type(settings[key]) for key in read}
    assert read_seeds == seeds
    assert run_from_query(query) == run_id
    assert set(query) <= set(CONTROLS) | {"run"}


@given(st.dictionaries(st.sampled_from([*CONTROLS, "run", "x"]) | st.text(), st.text(), max_size=12))
def test_no_address_can_raise(params: dict[str, str]) -> None:
    settings, seeds, problems = settings_from_query(params)
    RunSpec.two_arms(settings, seeds or fresh_seeds(settings["seeds"]))
    assert all(SENTENCE.fullmatch(problem) for problem in problems), problems
    run_from_query(params)


BAD = [
    ("temperature", "nan", "Temperature: “nan” is not a number, so 8 is taken."),
    ("temperature", "inf", "Temperature: “inf” is not a number, so 8 is taken."),
    ("temperature", "-1", "Temperature: “-1” is outside 1 to 20, so 8 is taken."),
    ("temperature", "1e3", "Temperature: “1e3” is not a number, so 8 is taken."),
    ("temperature", "", "Temperature: “” is not a number, so 8 is taken."),
    ("alpha", "1.01", "Weight on the teacher: “1.01” is outside 0 to 1, so 0.9 is taken."),
    ("epochs", "0", "Epochs: “0” is outside 1 to 100, so 16 is taken."),
    ("epochs", "10" * 5000, "Epochs: “101010101010101010101010…” is not a number, so 16 is taken."),
    (
        "labels",
        "501",
        "Labelled images: “501” is not one of 50, 100, 200, 300, 500, 700, 1,000, 1,500, 2,000, 3,000, 4,000, "
        "10,000, 25,000, 50,000, so 500 is taken.",
    ),
    ("left_out", "10", "Class left out: “10” is no class of MNIST by its number (0 to 9), so none is left out."),
    ("left_out", "three", "Class left out: “three” is no class of MNIST by its number (0 to 9), so none is left out."),
    ("student", "huge", "Student: “huge” is not on offer, so 9 k is taken."),
    (
        "student",
        "<script>alert(1)</script>",
        "Student: “?script?alert?1???script…” is not on offer, so 9 k is taken.",
    ),
    ("method", "labels", "How the teacher teaches: “labels” is not on offer, so Soft labels is taken."),
    ("data", "../../etc", "Images: “..?..?etc” is not on offer, so MNIST is taken."),
    ("teacher", "nobody", "Teacher: “nobody” is not on offer, so MNIST, fully trained is taken."),
    ("teacher", "fashion", "Teacher: Fashion, fully trained does not know MNIST, so MNIST, fully trained is taken."),
    ("seeds", "0", "Seeds: “0” is outside 1 to 20, so 3 is taken."),
    ("seeds", "12.12", "Seeds: “12.12” are not 1 to 20 different numbers from 0 to 999,999, so 3 is taken."),
    ("seeds", ".".join(map(str, range(1, 22))), "Seeds: “1.2.3.4.5.6.7.8.9.10.11.…” are not 1 to 20"),
    ("seeds", "1000000.5", "Seeds: “1000000.5” are not 1 to 20 different numbers"),
    ("seeds", "1.x", "Seeds: “1.x” is neither"),
    ("seeds", "9." * 5000, "Seeds: “9.9.9.9.9.9.9.9.9.9.9.9.…” is neither"),
    ("lables", "500", "The address has a setting that does not exist, “lables”; it is left out."),
    ("run", "../key", "The address names no run: “..?key” is not a run's id."),
]


@pytest.mark.parametrize(("key", "value", "sentence"), BAD)
def test_a_bad_value_is_one_clear_sentence(key: str, value: str, sentence: str) -> None:
    settings, seeds, problems = settings_from_query({key: value})
    assert len(problems) == 1 and problems[0].startswith(sentence)
    assert settings == default_settings() and seeds is None


def test_a_value_between_two_steps_is_moved_to_the_nearest() -> None:
    settings, _, problems = settings_from_query({"temperature": "7.3", "alpha": "0.33"})
    assert (settings["temperature"], settings["alpha"]) == (7.5, 0.35)
    assert problems[0] == "Temperature: “7.3” is between two steps, so 7.5 is taken."
    assert len(problems) == 2


def test_the_images_bring_their_own_teacher() -> None:
    assert settings_from_query({"data": "fashion"})[0]["teacher"] == "fashion"
    settings, _, problems = settings_from_query({"data": "cifar10", "teacher": "mnist"})
    assert settings["teacher"] == "cifar10" and len(problems) == 1
    for query in ({"data": "fashion", "teacher": "nobody"}, {"teacher": "nobody", "data": "fashion"}):
        settings, _, problems = settings_from_query(query)
        assert settings["teacher"] == "fashion"
        assert problems == ["Teacher: “nobody” is not on offer, so Fashion, fully trained is taken."]


def test_seeds_by_count_and_by_name() -> None:
    assert settings_from_query({"seeds": "5"})[0]["seeds"] == 5
    assert settings_from_query({"seeds": "5"})[1] is None
    assert settings_from_query({"seeds": "5."})[1] == (5,)
    assert settings_from_query({"seeds": "904"})[1] == (904,)
    settings, seeds, _ = settings_from_query({"seeds": "12.904.33"})
    assert seeds == (12, 904, 33) and settings["seeds"] == 3


def test_fresh_seeds_are_fresh() -> None:
    first = fresh_seeds(10)
    assert len(set(first)) == 10 and all(seed in FRESH_SEEDS for seed in first)
    assert not set(fresh_seeds(10, avoid=first)) & set(first)
    assert min(FRESH_SEEDS) > CONTROLS["seeds"].high, "a single fresh seed is never read as a count"
    recorded = {seed for one in recordings(Recording).values() for run in one.runs for seed in run.experiment.seeds}
    assert min(FRESH_SEEDS) > max(recorded), "who trains here does not repeat what was recorded"


# ── specs ────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(settings_strategy(), seeds_strategy)
def test_every_spec_survives_json(settings: dict[str, Any], seeds: tuple[int, ...]) -> None:
    made = RunSpec.two_arms(settings, seeds)
    assert RunSpec.read(made.to_json()) == made
    assert RunSpec.read(made.to_json()).to_json() == made.to_json()
    assert hash(made) == hash(RunSpec.read(made.to_json()))
    assert made.settings() == settings | {"seeds": len(seeds)}


def test_two_arms_differ_in_how_they_are_taught_only() -> None:
    made = spec(method="smoothing", temperature=4.0, alpha=0.5)
    assert made.arms == (LABELS_ONLY, Arm("distilled", "smoothing", 4.0, 0.5))
    assert made.updates == 2 * 5


def test_a_bug_is_said_and_a_healthy_arm_keeps_its_text() -> None:
    healthy = RunSpec.two_arms(default_settings(), (1, 2))
    assert "bug" not in healthy.to_json()
    taught = healthy.arms[1]
    broken = replace(healthy, arms=(*healthy.arms, replace(taught, bug="no-t2")))
    assert RunSpec.read(broken.to_json()) == broken and '"bug":"no-t2"' in broken.to_json()
    assert broken.settings() == healthy.settings()


def test_a_bug_that_no_arm_can_have() -> None:
    kd = RunSpec.two_arms(default_settings(), (1,)).arms[1]
    for arm, words in (
        (replace(kd, bug="typo"), "bug must be one of , mean, no-t2"),
        (replace(kd, method="logits", bug="cut"), "with the method “kd”"),
        (replace(LABELS_ONLY, bug="cut"), "with the method “kd”"),
    ):
        with pytest.raises(SpecError, match=words):
            replace(RunSpec.two_arms(default_settings(), (1,)), arms=(arm,))


def test_the_text_tells_experiments_apart() -> None:
    texts = {spec(**change).to_json() for change in ({}, {"alpha": 0.5}, {"labels": 100}, {"student": "cnn-2k"})}
    assert len(texts | {spec((1, 2, 3)).to_json(), spec((3, 2, 1)).to_json()}) == 6


REFUSED = [
    ({"data": "nothing"}, "data must be one of"),
    ({"teacher": "cifar10"}, "teacher must be one that knows MNIST (mnist"),
    ({"student": ["cnn-9k"]}, "student must be one of"),
    ({"labels": 501}, "labels must be one of"),
    ({"labels": True}, "labels must be one of"),
    ({"epochs": 0}, "epochs must be 1 to 100, got “0”"),
    ({"epochs": 2.0}, "epochs must be a whole number"),
    ({"epochs": True}, "epochs must be a whole number"),
    ({"method": "labels"}, "role must be"),
    ({"method": "magic"}, "method must be one of"),
    ({"temperature": -1.0}, "temperature must be 1 to 20, got “-1.0”"),
    ({"temperature": float("nan")}, "temperature must be 1 to 20, got “nan”"),
    ({"temperature": "8"}, "temperature must be 1 to 20"),
    ({"alpha": float("inf")}, "alpha must be 0 to 1, got “inf”"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_an_error_names_field_value_and_way_out(change: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=re.escape(words)) as caught:
        spec(**change)
    assert caught.value.field in words


@pytest.mark.parametrize("seeds", [(), tuple(range(21)), (1, 1), (-1,), (MAX_SEED + 1,), (1.0,), (True,), [1, 2], "12"])
def test_seeds_that_no_run_can_have(seeds: Any) -> None:
    with pytest.raises(SpecError, match="seeds must"):
        replace(spec(), seeds=seeds)


@pytest.mark.parametrize("arms", [(), (LABELS_ONLY, LABELS_ONLY), ("labels",), [LABELS_ONLY]])
def test_arms_that_no_run_can_have(arms: Any) -> None:
    with pytest.raises(SpecError, match="arms must"):
        replace(spec(), arms=arms)


def test_a_cohort_has_a_size() -> None:
    arms = tuple(Arm("distilled", "kd", 1.0 + n / 10, 0.9) for n in range(21))
    with pytest.raises(SpecError, match="at most 200 students"):
        replace(spec(tuple(range(10))), arms=arms)


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"arms": 3}', "[" * 100_000, '{"arms":[{"role":"labels"}]}'])
def test_json_that_is_no_spec(text: str) -> None:
    for reader in (kinds.read_trainable, RunSpec.read):
        with pytest.raises(SpecError, match="spec is not an experiment"):
            reader(text)


def test_json_with_a_field_too_many() -> None:
    fields = json.loads(spec().to_json()) | {"path": "/etc"}
    with pytest.raises(SpecError):
        kinds.read_trainable(json.dumps(fields))


def test_a_setting_that_is_missing() -> None:
    settings = default_settings()
    del settings["alpha"]
    with pytest.raises(SpecError, match="alpha must be set"):
        RunSpec.two_arms(settings, (1, 2))


@given(st.dictionaries(st.sampled_from(["role", "method", "temperature", "alpha"]), st.integers() | st.text()))
def test_an_arm_is_checked(fields: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        RunSpec.from_fields(spec().as_dict() | {"arms": [fields]})


# ── what can be trained here ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("data", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("method", [method for method in METHODS if method != "labels"])
@pytest.mark.parametrize("student", STUDENTS)
def test_what_cannot_be_trained_is_known_before(
    student: str, method: str, data: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch)
    arms = (LABELS_ONLY, Arm("distilled", method, 4.0, 0.5))
    plan = SmallPlan(student=student, seeds=(1,), arms=arms, data=data.id)
    if (student, method) == ("mlp-30", "attention"):
        with pytest.raises(NotTrainable, match="feature maps"):
            spec(student=student, method=method).check_trainable()
        with pytest.raises(ValueError, match="feature maps"):
            Training(plan, small_material(data))
        return
    if METHODS[method].offered:
        spec(student=student, method=method).check_trainable()
    else:
        with pytest.raises(NotTrainable, match="as a recording alone"):
            spec(student=student, method=method).check_trainable()
    Training(plan, small_material(data)).step()


def test_only_what_can_be_trained_is_read_for_training() -> None:
    made = spec(student="mlp-30", method="attention")
    assert RunSpec.read(made.to_json()) == made
    with pytest.raises(NotTrainable, match="Attention compares feature maps, and the student “30 units” has none"):
        kinds.read_trainable(made.to_json())


def test_a_run_on_images_that_were_deleted_can_still_be_read() -> None:
    made = replace(spec(), data="own-pets", teacher="cifar10")
    assert RunSpec.read(made.to_json()) == made and made.settings()["data"] == "own-pets"
    with pytest.raises(NotTrainable, match="import the images again"):
        kinds.read_trainable(made.to_json())
    for field, value in (("data", "own-../key"), ("data", "klingon"), ("teacher", "nobody")):
        with pytest.raises(SpecError, match=f"{field} must be one of"):
            RunSpec.read(json.dumps(made.as_dict() | {field: value}))


def test_imported_images_can_be_too_few_or_unknown_to_the_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    pets = replace(DATA["cifar10"], id="own-pets", name="Pets", pool=60)
    for place in ("experiments.spec", "experiments.kinds.cohort", "images.image_classes"):
        monkeypatch.setattr(f"app.{place}.lab_sets", lambda: DATA | {"own-pets": pets})
    made = replace(spec(), data="own-pets", teacher="cifar10")
    made.check_trainable()
    with pytest.raises(NotTrainable, match="Pets has too few images for 500 labelled ones: choose 50 at most"):
        replace(made, labels=500).check_trainable()
    with pytest.raises(NotTrainable, match="MNIST, fully trained does not know"):
        replace(made, teacher="mnist").check_trainable()


# ── images without labels ────────────────────────────────────────────────────────────────────────────────────────


def test_what_came_later_is_left_out_at_its_default() -> None:
    """Old experiments keep their text, their digest and their address; old texts are read."""
    made, more = spec(labels=100), spec(labels=100, unlabelled=3500)
    assert "unlabelled" not in made.as_dict() and more.as_dict()["unlabelled"] == 3500
    assert RunSpec.read(made.to_json()) == made and RunSpec.read(more.to_json()) == more
    assert made.to_json() != more.to_json()
    text = (
        '{"arms":[{"alpha":0.0,"method":"labels","role":"labels","temperature":1.0},'
        '{"alpha":0.9,"method":"kd","role":"distilled","temperature":8.0}],"data":"mnist","epochs":5,"labels":50,'
        '"seeds":[12,904,33],"student":"mlp-30","teacher":"mnist"}'
    )
    assert spec().to_json() == text and RunSpec.read(text) == spec()
    assert "unlabelled" not in query_from(default_settings(), None, None)
    query = query_from(default_settings() | {"unlabelled": 2000}, None, None)
    assert query["unlabelled"] == "2000" and settings_from_query(query)[0]["unlabelled"] == 2000
    without = {key: value for key, value in default_settings().items() if key != "unlabelled"}
    assert RunSpec.two_arms(without, (1,)).unlabelled == 0


def test_what_is_there_as_a_recording_alone_is_read_and_not_trained() -> None:
    plain = spec()
    taught = plain.arms[1]
    for other in (
        replace(plain, slope=0.1),
        replace(plain, rate=1 / 3),
        replace(plain, arms=(*plain.arms, replace(taught, method="certain"))),
        replace(plain, arms=(*plain.arms, replace(taught, by="cnn-9k"))),
    ):
        assert RunSpec.read(other.to_json()) == other and other.to_json() != plain.to_json()
        assert other.in_short() and len({one.words for one in other.arm_words()}) == len(other.arms)
        with pytest.raises(NotTrainable, match="as a recording alone"):
            other.check_trainable()
    assert "certain" not in CONTROLS["method"].choices
    with pytest.raises(SpecError, match=r"slope must be 0.0 to 1.0"):
        replace(plain, slope=2.0)
    with pytest.raises(SpecError, match=r"rate must be above 0.0, and 4.0 at most"):
        replace(plain, rate=0.0)
    with pytest.raises(SpecError, match="by must be one of"):
        replace(plain, arms=(replace(taught, by="cat"),))
    with pytest.raises(SpecError, match="but in a healthy arm with the method “kd”"):
        replace(plain, arms=(replace(taught, method="even", by="cnn-9k"),))


def test_no_more_images_than_there_are() -> None:
    assert unlabelled_counts("mnist", 4000) == (0,) and max(unlabelled_counts("mnist", 1000)) == 3000
    spec(labels=1000, unlabelled=3000).check_trainable()
    with pytest.raises(NotTrainable, match="MNIST has too few images for 3,500 unlabelled ones beside 1,000 labelled"):
        spec(labels=1000, unlabelled=3500).check_trainable()
    settings, _, problems = settings_from_query({"labels": "2000", "unlabelled": "3500"})
    assert settings["unlabelled"] == 2000 and len(problems) == 1
    assert problems[0] == (
        "Unlabelled images: beside 2,000 labelled ones MNIST has fewer than 3,500, so 2,000 are taken."
    )
    with pytest.raises(SpecError, match="unlabelled must be one of 0, 100"):
        spec(unlabelled=7)


@pytest.mark.parametrize("method", ["dkd", "smoothing"])
def test_a_method_that_needs_labels_cannot_do_without(method: str) -> None:
    spec(method=method, student="cnn-2k").check_trainable()
    with pytest.raises(NotTrainable, match="needs the label of every image: choose “Soft labels”"):
        spec(method=method, student="cnn-2k", unlabelled=500).check_trainable()


# ── images that are shifted ──────────────────────────────────────────────────────────────────────────────────────


def test_a_shift_is_said_where_it_is_one() -> None:
    plain, moved = spec(), spec(shift=2)
    assert "shift" not in plain.as_dict() and moved.as_dict()["shift"] == 2 == moved.settings()["shift"]
    assert RunSpec.read(moved.to_json()) == moved and moved.engine == plain.engine
    assert "shift ±2 px" in moved.in_short() and "shift" not in plain.in_short()
    query = query_from(moved.settings(), None, None)
    assert query["shift"] == "2" and settings_from_query(query)[0]["shift"] == 2
    assert settings_from_query({"shift": "5"})[2] == ["Shift: “5” is not one of 0, 1, 2, 3, so none is taken."]
    with pytest.raises(SpecError, match="shift must be one of 0, 1, 2, 3, got “5”"):
        spec(shift=5)


@pytest.mark.parametrize("method", ["hints", "attention", "relational"])
def test_a_method_that_reads_features_cannot_have_shifted_images(method: str) -> None:
    spec(method=method, student="cnn-2k").check_trainable()
    with pytest.raises(NotTrainable, match="of images as they are alone: choose another, or no shift"):
        spec(method=method, student="cnn-2k", shift=1).check_trainable()


def test_a_bug_is_made_on_images_as_they_are() -> None:
    healthy = spec(shift=1)
    broken = replace(healthy, arms=(*healthy.arms, replace(healthy.arms[1], bug="cut")))
    with pytest.raises(NotTrainable, match="A mistake is made on images as they are: choose no shift"):
        broken.check_trainable()


def test_more_copies_than_the_teacher_can_mark_are_refused_in_a_sentence() -> None:
    many: dict[str, Any] = {"data": "fashion-full", "teacher": "fashion", "labels": 50_000, "student": "cnn-2k"}
    spec(**many).check_trainable()
    with pytest.raises(
        NotTrainable, match=r"The teacher would mark shifted copies for \d+ minutes, and a run may take"
    ):
        spec(**many, shift=2).check_trainable()
    alone = spec(**many, shift=2)
    replace(alone, arms=(alone.arms[0],)).check_trainable()


# ── a class that is left out ─────────────────────────────────────────────────────────────────────────────────────


def test_a_class_that_is_left_out_is_said_and_none_is_not() -> None:
    without = spec(left_out=3)
    assert without.as_dict()["left_out"] == 3 and "left_out" not in spec().as_dict()
    assert RunSpec.read(without.to_json()) == without and without.to_json() != spec().to_json()
    assert without.settings()["left_out"] == 3 and spec().settings()["left_out"] is None
    assert query_from(default_settings() | {"left_out": 0}, None, None)["left_out"] == "0"
    assert "left_out" not in query_from(default_settings(), None, None)


@pytest.mark.parametrize("left_out", [-1, 10, True, "3", 3.0])
def test_a_class_that_there_is_not(left_out: Any) -> None:
    with pytest.raises(SpecError, match="left_out must be a class, 0 to 9, or none"):
        spec(left_out=left_out)


def test_without_a_class_there_are_fewer_images() -> None:
    assert max(label_counts("mnist")) == 4000 and max(label_counts("mnist", 3)) == 3000
    assert max(unlabelled_counts("mnist", 3000, 3)) == 500
    spec(labels=3000, left_out=3).check_trainable()
    with pytest.raises(NotTrainable, match="too few images for 4,000 labelled ones: choose 3,000 at most"):
        spec(labels=4000, left_out=3).check_trainable()
    settings, _, problems = settings_from_query({"labels": "4000", "left_out": "3"})
    assert (settings["labels"], settings["left_out"]) == (3000, 3)
    assert problems == ["Labelled images: MNIST without 3 has fewer than 4,000, so 3,000 are taken."]


def test_a_class_of_ones_own_images_must_be_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    pets = replace(DATA["cifar10"], id="own-pets", name="Pets", pool=120, classes=3)
    for place in ("experiments.spec", "experiments.kinds.cohort", "images.image_classes"):
        monkeypatch.setattr(f"app.{place}.lab_sets", lambda: DATA | {"own-pets": pets})
    made = replace(spec(), data="own-pets", teacher="cifar10")
    replace(made, left_out=2).check_trainable()
    with pytest.raises(NotTrainable, match="Pets has no class 7 that could be left out: choose another one, or none"):
        replace(made, left_out=7).check_trainable()
    few = replace(pets, pool=60, classes=2)
    monkeypatch.setattr("app.images.image_classes.lab_sets", lambda: DATA | {"own-pets": few})
    with pytest.raises(NotTrainable, match="could be left out"):
        replace(made, left_out=0).check_trainable()
