from __future__ import annotations

import gzip
import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from app.components import scripts
from app.experiments.kinds.cascade import Cascade
from app.experiments.paired import width
from app.experiments.recordings import recording as recording_module
from app.experiments.recordings import write
from app.experiments.recordings.runs import recorded_runs
from app.experiments.worker.stretch import Stretch
from app.server import identity
from app.server.api import API, ApiFirst, assets, routes
from app.store import Store, StoreError
from app.store.runs import Runs
from app.store.tables import runs
from pretrained.plan import Plan
from pretrained.plans import students
from pretrained.record import record
from tests.asgi import Answer, Ask, get
from tests.experiments.examples import Text, json_of, spec
from tests.experiments.tiny_engine import SHOWN, TEACHER, TinyEngine
from tests.files import weights_path

ANNE = "a" * 24


@pytest.fixture
def run_id(store: Store) -> str:
    """A finished run."""
    submitted = store.runs.submit(json_of(), ANNE)
    run = store.runs.take("w")
    assert run is not None
    Stretch([run], store, TinyEngine()).train()
    return submitted


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A recorded run on images that are not here."""
    plan = Plan("tiny", "run", "Tiny", ((spec(),),), students)
    made = record(plan, TinyEngine(), quiet=True)
    elsewhere = replace(made.runs[0], experiment=replace(spec(), data="cifar10", teacher="cifar10"))
    write(replace(made, runs=(elsewhere,)), tmp_path / "recorded")
    monkeypatch.setattr(recording_module, "folder", lambda: tmp_path / "recorded")
    return "recorded-tiny"


def sentence(answer: Answer, status: int) -> str:
    """The message of an error, which is nothing but a sentence."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"message"} and body["message"].endswith(".") and "Traceback" not in body["message"]
    return str(body["message"])


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_events_of_a_finished_run(ask: Ask, run_id: str) -> None:
    answer = ask(f"/api/runs/{run_id}/events?after=0")
    assert answer.status == 200 and answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["id"], body["state"], body["update"], body["updates"]) == (run_id, "finished", 10, 10)
    assert not body["mine"] and body["place"] is None and body["wait_s"] is None
    assert body["teacher_accuracy"] == 0.99 and body["test_images"] == 1000
    assert body["spec"] == spec().as_dict()
    assert [event["seq"] for event in body["events"]] == list(range(1, 12)) and body["next"] == 11
    assert body["verdict"]["stage"] == "finished" and body["verdict"]["sentence"].endswith(".")


def test_only_what_is_new_comes(ask: Ask, run_id: str) -> None:
    body = ask(f"/api/runs/{run_id}/events?after=9").json()
    assert [event["seq"] for event in body["events"]] == [10, 11] and body["next"] == 11
    body = ask(f"/api/runs/{run_id}/events?after=11").json()
    assert body["events"] == [] and body["next"] == 11 and body["verdict"]


def test_without_after_everything_comes(ask: Ask, run_id: str) -> None:
    assert len(ask(f"/api/runs/{run_id}/events").json()["events"]) == 11


def test_a_queued_run_has_a_place(ask: Ask, store: Store) -> None:
    first, second = store.runs.submit(json_of(), ANNE), store.runs.submit(json_of(), ANNE)
    body = ask(f"/api/runs/{second}/events").json()
    assert (body["state"], body["place"], body["verdict"], body["events"]) == ("queued", 2, None, [])
    assert body["wait_s"] >= 0 and body["teacher_accuracy"] is None
    assert [body["measures"][0][key] for key in ("key", "unit", "better")] == ["accuracy", "%", "higher"]
    store.facts.note("runner", "The training process cannot start (no torch). Runs wait until it can.")
    assert "cannot start" in ask(f"/api/runs/{first}/events").json()["message"]


def test_the_teachers_line_is_there_before_the_run(ask: Ask, store: Store) -> None:
    store.teachers.note(TinyEngine().warm())
    body = ask(f"/api/runs/{store.runs.submit(json_of(), ANNE)}/events").json()
    assert body["teacher_accuracy"] == 0.99 and body["test_images"] == 1000


def test_while_it_trains_the_verdict_is_so_far(ask: Ask, store: Store) -> None:
    run_id = store.runs.submit(json_of(), ANNE)
    store.runs.take("w")
    store.runs.begin(run_id, 10, {"test_images": 1000, "teacher_accuracy": 0.99})
    store.runs.append(run_id, {"update": 0, "seconds": 0.0, "accuracy": [[0.1, 0.1, 0.1], [0.1, 0.1, 0.1]]}, None)
    assert ask(f"/api/runs/{run_id}/events").json()["verdict"] is None, "before the first update"
    store.runs.append(run_id, {"update": 1, "seconds": 0.1, "accuracy": [[0.5, 0.6, 0.7], [0.8, 0.91, 0.99]]}, None)
    body = ask(f"/api/runs/{run_id}/events").json()
    assert body["verdict"]["sentence"].startswith("So far, distilled leads labels only by 30.0")
    store.runs.end(run_id, "stopped")
    assert (
        ask(f"/api/runs/{run_id}/events").json()["verdict"]["sentence"].startswith("Stopped early; so far, distilled")
    )


def test_whose_run_it_is(ask: Ask, store: Store) -> None:
    run_id = store.runs.submit(json_of(), ANNE)
    cookie = f"{identity.COOKIE}={identity.signed(ANNE)}"
    assert ask(f"/api/runs/{run_id}/events", headers={"cookie": cookie}).json()["mine"]
    other = f"{identity.COOKIE}={identity.signed('b' * 24)}"
    for headers in ({}, {"cookie": other}, {"cookie": cookie[:-1]}):
        assert not ask(f"/api/runs/{run_id}/events", headers=headers).json()["mine"]


def test_a_run_of_an_earlier_version_is_shown_without_a_verdict(ask: Ask, store: Store) -> None:
    run_id = store.runs.submit(Text('{"arms": [{"odd": 1}], "data": "mnist", "teacher": "mnist"}'), ANNE)
    store.runs.take("w")
    store.runs.append(run_id, {"update": 1, "seconds": 0.0, "accuracy": [[0.5]]}, None)
    assert ask(f"/api/runs/{run_id}/events").json()["verdict"] is None


def test_a_run_that_names_no_images_is_a_sentence(ask: Ask, store: Store) -> None:
    for odd in ('{"arms": [], "teacher": "mnist"}', "[]", "no json", '{"data": 3, "teacher": "mnist"}'):
        run_id = store.runs.submit(Text(odd), ANNE)
        for address in ("events", "answers?image=0"):
            assert "made by another version" in sentence(ask(f"/api/runs/{run_id}/{address}"), 404)


def test_another_kind_is_no_other_version(ask: Ask, store: Store) -> None:
    kept = recorded_runs()["recorded-mnist-kd"]
    for text, said in (
        (Cascade(kept.id, kept.spec, 1).to_json(), "kind “cascade”"),
        ('{"kind": "x"}', "another version"),
    ):
        run_id = store.runs.submit(Text(text), ANNE)
        assert ask(f"/api/runs/{run_id}/events").json()["spec"] == json.loads(text)
        for address in ("costs", "answers?image=0", "predictions", "ranking"):
            assert said in sentence(ask(f"/api/runs/{run_id}/{address}"), 404), address


def test_a_run_whose_images_were_deleted_keeps_its_numbers(ask: Ask, run_id: str, store: Store) -> None:
    with store.database.write() as db:
        gone = spec().as_dict() | {"data": "own-pets", "teacher": "cifar10"}
        db.execute(update(runs).where(runs.c.id == run_id).values(spec=json.dumps(gone)))
    body = ask(f"/api/runs/{run_id}/events").json()
    assert len(body["events"]) == 11 and body["verdict"]["sentence"] and body["spec"]["data"] == "own-pets"
    assert "no longer on this machine" in sentence(ask(f"/api/runs/{run_id}/answers?image=0"), 404)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_everybody_says_about_an_image(ask: Ask, run_id: str, store: Store) -> None:
    body = ask(f"/api/runs/{run_id}/answers?image=3").json()
    assert body["image"] == 3 and body["seq"] == 11 and len(body["classes"]) == 10
    assert body["teacher"] == [pytest.approx(float(value), abs=1e-3) for value in TEACHER[3]]
    found = store.runs.logits(run_id, 11)
    assert found and body["students"][1][2] == [pytest.approx(float(value), abs=1e-3) for value in found[0][1, 2, 3]]
    assert ask(f"/api/runs/{run_id}/answers?image=3&seq=1").json()["seq"] == 1


def test_another_teacher_does_not_answer_for_the_runs_own(ask: Ask, run_id: str, store: Store) -> None:
    answers = TinyEngine().warm()
    store.teachers.note(type(answers)(**{**vars(answers), "teacher_digest": "changed"}))
    assert ask(f"/api/runs/{run_id}/answers?image=3").json()["teacher"] is None


def test_what_the_teacher_says_before_any_run(ask: Ask, store: Store) -> None:
    address = "/api/teachers/mnist/answers?data=mnist&image=2"
    assert "not looked" in sentence(ask(address), 404)
    store.teachers.note(TinyEngine().warm())
    body = ask(address).json()
    assert len(body["teacher"]) == 10 and body["label"] in range(10)
    assert "data must be" in sentence(ask("/api/teachers/mnist/answers?data=x&image=2"), 400)
    assert "image" in sentence(ask("/api/teachers/mnist/answers?data=mnist"), 400)


# ── a run as files ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_can_be_taken_away(ask: Ask, run_id: str) -> None:
    assert "damaged" in sentence(ask(f"/api/runs/{run_id}/weights.safetensors"), 404), "the tiny engine's are its own"
    weights_path(run_id).write_bytes(save({"arm0.seed0.bias": np.ones(3, np.float32)}))
    for name, start in (("curves.csv", b"run,role,method"), ("settings.json", b"{"), ("weights.safetensors", b"")):
        answer = ask(f"/api/runs/{run_id}/{name}")
        assert answer.status == 200 and answer.body.startswith(start) and answer.body
        assert answer.headers["content-disposition"] == f'attachment; filename="distillery-{run_id}-{name}"'
    ((called, values),) = load(ask(f"/api/runs/{run_id}/weights.safetensors").body).items()
    assert called == f"labels.seed{spec().seeds[0]}.bias" and values.tolist() == [1, 1, 1]
    verdict = ask(f"/api/runs/{run_id}/events").json()["verdict"]["sentence"]
    assert ask(f"/api/runs/{run_id}/settings.json").json()["verdict"] == verdict


def test_weights_that_are_not_there(ask: Ask, store: Store, run_id: str, recording: str) -> None:
    weights_path(run_id).unlink()
    assert "kept when it has ended" in sentence(ask(f"/api/runs/{run_id}/weights.safetensors"), 404)
    shipped, tensors = recording_module.folder() / f"{recording}.npz", recorded_runs()[recording].weights().tensors()
    found = load(ask(f"/api/runs/{recording}/weights.safetensors").body)
    assert len(found) == len(tensors) and all(name.split(".")[0] in ("labels", "distilled") for name in found)
    shipped.write_bytes(b"changed")
    assert "missing or damaged" in sentence(ask(f"/api/runs/{recording}/weights.safetensors"), 404)
    assert ask(f"/api/runs/{recording}/curves.csv").body.count(b"\n") > 10


# ── recorded runs ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_recorded_run_looks_like_a_live_one(ask: Ask, run_id: str, recording: str) -> None:
    live, body = ask(f"/api/runs/{run_id}/events").json(), ask(f"/api/runs/{recording}/events").json()
    assert set(body) == set(live)
    assert not body["mine"] and body["state"] == "finished"
    assert set(body["events"][0]) == set(live["events"][0])
    assert ask(f"/api/runs/{recording}/events?after=3").json()["events"][0]["seq"] == 4
    answers = ask(f"/api/runs/{recording}/answers?image=3").json()
    assert set(answers) == set(ask(f"/api/runs/{run_id}/answers?image=3").json())
    assert f"first {SHOWN} test images" in sentence(ask(f"/api/runs/{recording}/answers?image={SHOWN}"), 404)
    for run in (run_id, recording):
        state, past = ask(f"/api/runs/{run}/events").json(), ask(f"/api/runs/{run}/history?image=3").json()
        updates = [moment["update"] for moment in past["moments"]]
        assert updates[0] == 0 and updates[-1] == state["updates"] and updates == sorted(set(updates))
        assert set(updates) <= {event["update"] for event in state["events"]}
        assert past["moments"][-1]["students"] == ask(f"/api/runs/{run}/answers?image=3").json()["students"]
    assert ask(f"/api/runs/{run_id}/history?image={SHOWN}").json()["moments"] == []


def test_predictions_are_the_classes_with_the_largest_logits(ask: Ask, run_id: str, recording: str) -> None:
    for run in (run_id, recording):
        state, body = ask(f"/api/runs/{run}/events").json(), ask(f"/api/runs/{run}/predictions").json()
        assert len(body["labels"]) == len(body["teacher"]) == SHOWN and len(body["classes"]) == 10
        assert body["width"] == width(len(state["spec"]["seeds"]))
        last = body["moments"][-1]
        assert last["update"] == state["updates"] and last["seq"] == state["next"]
        for image in (0, 7, SHOWN - 1):
            answers = ask(f"/api/runs/{run}/answers?image={image}").json()
            assert int(body["labels"][image]) == answers["label"]
            assert int(body["teacher"][image]) == np.argmax(answers["teacher"])
            said = [[int(seed[image]) for seed in arm] for arm in last["students"]]
            assert said == np.argmax(answers["students"], -1).tolist()
        later = ask(f"/api/runs/{run}/predictions?after={last['seq'] - 1}").json()
        assert later["moments"] == [last]
        assert ask(f"/api/runs/{run}/predictions?after={last['seq']}").json()["moments"] == []


@pytest.mark.parametrize("read_first", ["all_logits", "events"])
def test_a_point_that_comes_between_two_readings(
    ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch, read_first: str
) -> None:
    run_id = store.runs.submit(json_of(), ANNE)
    store.runs.take("w")
    said, updates = np.zeros((2, 3, SHOWN, 10), "<f2"), itertools.count()
    whole = getattr(Runs, read_first)

    def append() -> None:
        store.runs.append(run_id, {"kind": "point", "update": next(updates), "accuracy": [[0.5] * 3] * 2}, said)

    def meanwhile(self: Runs, *args: Any) -> Any:
        found = whole(self, *args)
        append()
        return found

    append()
    monkeypatch.setattr(Runs, read_first, meanwhile)
    for about in ("predictions", "history?image=1"):
        moments = ask(f"/api/runs/{run_id}/{about}").json()["moments"]
        assert moments and [moment["update"] for moment in moments] == list(range(len(moments)))


@pytest.mark.parametrize("change", ["cut", "gone"])
def test_answers_of_a_recorded_run_that_are_lost(ask: Ask, recording: str, change: str) -> None:
    file = recording_module.folder() / f"{recording}.npz"
    if change == "cut":
        file.write_bytes(file.read_bytes()[:-9])
    else:
        file.unlink()
    for about in ("answers?image=3", "history?image=3", "predictions"):
        assert "missing or damaged" in sentence(ask(f"/api/runs/{recording}/{about}"), 404)
    assert ask(f"/api/runs/{recording}/events").json()["events"]


def test_images_that_are_not_on_the_machine(ask: Ask, recording: str) -> None:
    assert "not on this machine" in sentence(ask("/api/data/cifar10/test/100.png"), 404)


# ── bad input ────────────────────────────────────────────────────────────────────────────────────────────────────

BAD = [
    ("/api/runs/unknown-run/events", 404, "There is no such run"),
    ("/api/runs/recorded-nothing/events", 404, "no such recorded run"),
    ("/api/runs/..%2f..%2fkey/events", 404, ""),
    ("/api/runs/" + "a" * 5000 + "/events", 404, "There is no such run"),
    ("/api/runs/RUN/events?after=nan", 400, "after must be a whole number"),
    ("/api/runs/RUN/events?after=-1", 400, "after must be a whole number"),
    ("/api/runs/RUN/events?after=99999999999999999999", 400, "after must be"),
    ("/api/runs/RUN/events?after=<script>", 400, "got “?script?”"),
    ("/api/runs/RUN/answers", 400, "image must say"),
    ("/api/runs/RUN/answers?image=x", 400, "image must be"),
    ("/api/runs/RUN/answers?image=1000", 404, "There is no test image 1,000"),
    ("/api/runs/RUN/answers?image=999", 404, "kept for the first 20 test images"),
    ("/api/runs/RUN/answers?image=1&seq=99", 404, "not answered yet"),
    ("/api/runs/RUN/history", 400, "image must say"),
    ("/api/runs/unknown-run/history?image=1", 404, "There is no such run"),
    ("/api/runs/unknown-run/predictions", 404, "There is no such run"),
    ("/api/runs/unknown-run/curves.csv", 404, "There is no such run"),
    ("/api/runs/RUN/key", 404, "nothing at this address"),
    ("/api/runs/RUN/predictions?after=x", 400, "after must be"),
    ("/api/data/mnist/test/1000.png", 404, "There is no test image"),
    ("/api/data/mnist/test/x.png", 404, "There is no such image"),
    ("/api/data/nothing/test/1.png", 404, "There is no such image"),
    ("/api/js/../../app/store.py", 404, "no such script"),
    ("/api/js/%2e%2e/identity.py", 404, "no such script"),
    ("/api/nothing", 404, "nothing at this address"),
    ("/api/", 404, "nothing at this address"),
]


@pytest.mark.parametrize(("address", "status", "words"), BAD)
def test_bad_input_is_a_sentence(ask: Ask, run_id: str, address: str, status: int, words: str) -> None:
    assert words in sentence(ask(address.replace("RUN", run_id)), status)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(ask: Ask, run_id: str, method: str) -> None:
    assert "only be read" in sentence(ask(f"/api/runs/{run_id}/events", method=method), 405)


@pytest.mark.parametrize(
    ("method", "address", "allowed", "words"),
    [
        ("DELETE", "/api/learner/forget", "POST", "must be sent"),
        ("GET", "/api/learner/forget", "POST", "must be sent"),
        ("OPTIONS", "/api/rows", "GET, HEAD", "only be read"),
        ("PUT", "/api/runs/abc/costs", "GET, HEAD, POST", "can be read, or something"),
    ],
)
def test_a_method_that_an_address_does_not_take_hears_which_it_takes(
    ask: Ask, method: str, address: str, allowed: str, words: str
) -> None:
    answer = ask(address, method=method)
    assert words in sentence(answer, 405) and answer.headers["allow"] == allowed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(run=st.text("abc-/.%", max_size=20), key=st.sampled_from(["after", "image", "seq"]), value=st.text(max_size=10))
def test_no_address_makes_a_traceback(ask: Ask, run: str, key: str, value: str) -> None:
    from urllib.parse import quote

    for place in ("events", "answers"):
        answer = ask(f"/api/runs/{quote(run)}/{place}?{key}={quote(value)}")
        assert answer.status in (400, 404), answer


def test_a_store_that_does_not_answer(home: Path) -> None:
    def broken() -> Store:
        raise StoreError("The store is busy. Try again in a moment.")

    app = Starlette(routes=routes(broken))
    assert "busy" in sentence(get(app, "/api/runs/abcdef/events"), 503)


def test_a_fault_of_ours(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Store:
        raise RuntimeError("secret detail")

    app = Starlette(routes=routes(broken))
    assert "secret" not in sentence(get(app, "/api/runs/abcdef/events"), 500)
    assert "secret detail" in caplog.text


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_test_image(ask: Ask) -> None:
    answer = ask("/api/data/mnist/test/0.png")
    assert answer.body.startswith(b"\x89PNG") and answer.headers["content-type"] == "image/png"
    again = ask("/api/data/mnist/test/0.png", headers={"if-none-match": answer.headers["etag"]})
    assert again.status == 304 and again.body == b""


def test_plotly_is_compressed_once_and_kept(ask: Ask) -> None:
    address = assets.plotly_url()
    zipped = ask(address, headers={"accept-encoding": "gzip, br"})
    plain = ask(address)
    assert zipped.headers["content-encoding"] == "gzip" and gzip.decompress(zipped.body) == plain.body
    assert "immutable" in zipped.headers["cache-control"] and zipped.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers and len(zipped.body) < 1_700_000
    assert ask(address, headers={"if-none-match": plain.headers["etag"]}).status == 304
    assert assets.plotly_files() is assets.plotly_files()


def test_scripts(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    components = tmp_path / "components"
    (components / "bench").mkdir(parents=True)
    (components / "bench" / "chart.js").write_text("export const a = 1\n")
    (components / "secret.py").write_text("secret")
    monkeypatch.setattr(scripts, "ROOMS", {"components/js": components, "figures": tmp_path / "figures"})
    base = scripts.address("components/js")
    fixed = ask(f"{base}/bench/chart.js")
    assert fixed.body == b"export const a = 1\n" and "immutable" in fixed.headers["cache-control"]
    assert fixed.headers["content-type"].startswith("text/javascript")
    loose = ask("/api/js/components/js/bench/chart.js")
    assert loose.body == fixed.body and loose.headers["cache-control"] == "no-cache"
    zipped = ask(f"{base}/bench/chart.js", headers={"accept-encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip" and gzip.decompress(zipped.body) == fixed.body
    sentence(ask("/api/js/components/js/secret.py"), 404)
    (tmp_path / "figures" / "hunt").mkdir(parents=True)
    (tmp_path / "figures" / "hunt" / "figure.js").write_text("")
    scripts._scripts_of.cache_clear()  # or a second later
    assert scripts.address("components/js") != base, "another address, so that no cache holds the old one"


def test_events_are_json_that_browsers_read(ask: Ask, run_id: str) -> None:
    body: dict[str, Any] = ask(f"/api/runs/{run_id}/events").json()
    assert body["events"][1]["losses"]["soft"][0][0] == [None]


def test_what_is_asked_under_api_goes_past_the_pages(store: Store) -> None:
    async def pages(scope: Scope, receive: Receive, send: Send) -> None:
        await Response("a page")(scope, receive, send)

    direct = ApiFirst(pages)
    answer = get(direct, "/api/nothing")
    assert (answer.status, answer.json()) == (404, {"message": "There is nothing at this address."})
    assert get(direct, "/runs").body == get(direct, "/apical").body == b"a page"
    assert get(direct, "/api/js/components/js/bench.js").headers["content-type"].startswith("text/javascript")


def test_a_long_answer_is_packed(store: Store) -> None:
    app = Starlette(routes=routes(lambda: store))
    path = f"/api/runs/{next(iter(recorded_runs()))}/events"
    packed, plain = get(app, path, {"accept-encoding": "gzip"}), get(app, path)
    assert gzip.decompress(packed.body) == plain.body and len(packed.body) < len(plain.body) / 2


def test_no_address_with_a_long_number_fails(store: Store) -> None:
    """Starlette's own numbers in addresses fail from 4301 digits on, before anybody can say a sentence."""
    app = Starlette(routes=routes(lambda: store))
    api = next(route.app for route in app.routes if isinstance(route, Mount))
    assert isinstance(api, Starlette)
    paths = [f"{API}{route.path}" for route in api.routes if isinstance(route, Route)]
    asked = {re.sub(r"\{[^}]+\}", "9" * 5000, path) for path in paths if "{" in path}
    asked.add(f"{API}/data/own-{'a' * 16}/class/{'9' * 5000}.png")
    assert len(asked) > 10
    for path in asked:
        assert get(app, path).status < 500, path
        assert get(app, path, method="POST").status < 500, path
