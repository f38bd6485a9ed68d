"""Drawings, costs, rankings and sheets as the browser asks for them."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save
from starlette.applications import Starlette

from app.catalog import available
from app.experiments.recordings import runs as recorded
from app.experiments.worker.stretch import Stretch
from app.server.api import costs as costs_api
from app.server.api import routes, students
from app.server.inference_client import InferenceClient, InferenceRefused, InferenceUnavailable
from app.store import Store, TeacherAnswers
from tests.asgi import Answer, get
from tests.experiments.examples import json_of
from tests.experiments.tiny_engine import SHOWN, TEACHER, TinyEngine
from tests.files import snapshots_path, weights_path
from tests.server.test_api import sentence
from tests.waiting import PATIENCE, wait_for

ANNE = "a" * 24
BLANK = bytes(784)
KEPT = "recorded-mnist-kd"
BYTES = {"content-type": "application/octet-stream"}
Ask = Callable[..., Answer]


class Mirror:
    """Stands for the inference process and remembers what it was asked."""

    def __init__(self) -> None:
        self.questions: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.pid: int | None = 1

    def ask(self, **question: Any) -> dict[str, Any]:
        self.questions.append(question)
        if self.error:
            raise self.error
        return {"teacher": [0.5] * 10, "students": None}


@pytest.fixture
def mirror() -> Mirror:
    return Mirror()


@pytest.fixture
def post(store: Store, mirror: Mirror) -> Ask:
    app = Starlette(routes=routes(lambda: store, lambda: mirror))  # type: ignore[arg-type, return-value]

    def ask(address: str, body: bytes = BLANK, headers: dict[str, str] = BYTES, method: str = "POST") -> Answer:
        return get(app, address, headers, method, body)

    return ask


def trained(store: Store, **settings: Any) -> str:
    run_id = store.runs.submit(json_of(**settings), ANNE)
    run = store.runs.take("w")
    assert run is not None
    assert Stretch([run], store, TinyEngine()).train().state == "finished"
    return run_id


@pytest.fixture
def run_id(store: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    """A finished run whose teacher is the one that is shipped."""
    run_id = trained(store)
    shipped = available.teachers()["mnist"]
    record = {"teacher_digest": shipped.sha256, "teacher_accuracy": 0.99, "test_images": 1000}
    with store.database.write() as db:
        db.exec_driver_sql("UPDATE runs SET record = ? WHERE id = ?", (json.dumps(record), run_id))
    return run_id


# ── drawings ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_drawing_goes_to_teacher_and_students(post: Ask, mirror: Mirror, run_id: str) -> None:
    answer = post(f"/api/runs/{run_id}/drawing")
    assert answer.status == 200, answer
    assert answer.json() == {"teacher": [0.5] * 10, "students": None, "classes": list("0123456789"), "update": 10}
    asked = mirror.questions[-1]
    assert asked["do"] == "read" and asked["data"] == "mnist" and asked["teacher"] == "mnist"
    assert asked["students"] == {"student": "mlp-30", "path": str(weights_path(run_id)), "sha256": None, "update": 10}


def test_back_in_time_the_students_of_then_are_asked(post: Ask, mirror: Mirror, run_id: str) -> None:
    assert post(f"/api/runs/{run_id}/drawing?update=4").json()["update"] == 4
    assert mirror.questions[-1]["students"]["path"] == str(snapshots_path(run_id) / "4.safetensors")
    (snapshots_path(run_id) / "4.safetensors").unlink()
    assert post(f"/api/runs/{run_id}/drawing?update=4").json()["update"] == 3
    for file in snapshots_path(run_id).glob("[0-9].safetensors"):
        file.unlink()
    assert post(f"/api/runs/{run_id}/drawing?update=4").json()["update"] == 10, "of its past nothing was kept"
    weights_path(run_id).unlink()
    assert post(f"/api/runs/{run_id}/drawing").json()["update"] == 10


def test_while_it_trains_the_newest_students_are_asked(post: Ask, mirror: Mirror, store: Store) -> None:
    run_id = store.runs.submit(json_of(), ANNE)
    assert post(f"/api/runs/{run_id}/drawing").json()["update"] is None
    assert mirror.questions[-1]["students"] is None and mirror.questions[-1]["teacher"] == "mnist"
    store.runs.take("w")
    for update in (0, 5):
        folder = snapshots_path(run_id)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{update}.safetensors").write_bytes(b"x")
    assert post(f"/api/runs/{run_id}/drawing").json()["update"] == 5


def test_a_recorded_run_answers_with_what_is_shipped(post: Ask, mirror: Mirror) -> None:
    kept = recorded.recorded_runs()[KEPT]
    assert post(f"/api/runs/{KEPT}/drawing").json()["update"] == kept.updates
    assert mirror.questions[-1]["students"]["update"] == kept.updates
    early = kept.runs[0].moments[1]
    assert post(f"/api/runs/{KEPT}/drawing?update={early + 1}").json()["update"] == early
    asked = mirror.questions[-1]["students"]
    assert (asked["update"], asked["sha256"]) == (early, kept.record["arrays_sha256"])


def test_a_teacher_that_was_replaced_is_not_asked(post: Ask, mirror: Mirror, store: Store) -> None:
    run_id = trained(store)  # its teacher's digest is another
    assert post(f"/api/runs/{run_id}/drawing").status == 200
    assert mirror.questions[-1]["teacher"] is None
    weights_path(run_id).unlink()
    for file in snapshots_path(run_id).iterdir():
        file.unlink()
    assert "Nobody can be asked" in sentence(post(f"/api/runs/{run_id}/drawing"), 404)


def test_before_any_run_the_teacher_answers_alone(post: Ask, mirror: Mirror) -> None:
    assert post("/api/teachers/mnist/drawing?data=mnist").json()["teacher"]
    assert "no such teacher" in sentence(post("/api/teachers/nobody/drawing?data=mnist"), 404)
    assert "no such teacher" in sentence(post("/api/teachers/mnist/drawing?data=nothing"), 404)
    assert "does not know these images" in sentence(post("/api/teachers/fashion/drawing?data=mnist"), 400)
    assert "do not know drawings" in sentence(post("/api/teachers/fashion/drawing?data=fashion"), 400)


BAD: list[tuple[bytes, dict[str, str], int, str]] = [
    (b"", BYTES, 400, "784 pixels of one byte each, got 0 bytes"),
    (bytes(783), BYTES, 400, "got 783 bytes"),
    (b"[0.5, NaN, \"x\"]", BYTES, 400, "784 pixels"),
    (bytes(5000), BYTES, 413, "At most 4,096 bytes"),
    (bytes(10_000_000), BYTES, 413, "At most 4,096 bytes"),
    (BLANK, {}, 415, "plain bytes"),
    (BLANK, {"content-type": "text/plain"}, 415, "plain bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "headers", "status", "words"), BAD)
def test_what_is_no_drawing(
    post: Ask, mirror: Mirror, run_id: str, body: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    for address in (f"/api/runs/{run_id}/drawing", "/api/teachers/mnist/drawing?data=mnist"):
        assert words in sentence(post(address, body, headers), status)
    assert mirror.questions == []


def test_bad_addresses(post: Ask, run_id: str, store: Store) -> None:
    assert "update must be a whole number" in sentence(post(f"/api/runs/{run_id}/drawing?update=-1"), 400)
    assert "There is no such run" in sentence(post("/api/runs/aaaabbbbcccc/drawing"), 404)
    assert "no such recorded run" in sentence(post("/api/runs/recorded-nothing/drawing"), 404)
    assert "must be sent to this address" in sentence(post("/api/teachers/mnist/drawing", method="GET"), 405)
    fashion = trained(store, data="fashion", teacher="fashion")
    assert "do not know drawings" in sentence(post(f"/api/runs/{fashion}/drawing"), 400)


def test_a_process_that_is_away_and_one_that_refuses(post: Ask, mirror: Mirror, run_id: str) -> None:
    mirror.error = InferenceUnavailable("The process is starting.")
    assert sentence(post(f"/api/runs/{run_id}/drawing"), 503) == "The process is starting."
    mirror.error = InferenceRefused("These weights are damaged.")
    assert sentence(post(f"/api/runs/{run_id}/drawing"), 422) == "These weights are damaged."


# ── students that answer in the browser ──────────────────────────────────────────────────────────────────────────


def test_the_students_of_a_run_come_with_all_that_their_answers_take(post: Ask) -> None:
    answer = post(f"/api/runs/{KEPT}/students", b"", {}, "GET")
    assert answer.status == 200 and answer.headers["content-type"] == "application/octet-stream"
    kept = recorded.recorded_runs()[KEPT]
    tensors, about = load(answer.body), metadata(answer.body)
    assert all(value.dtype == np.float32 for value in tensors.values())
    wanted = kept.weights().tensors()
    assert tensors.keys() == wanted.keys()
    assert all(np.array_equal(tensors[name], wanted[name]) for name in tensors)
    assert about["classes"] == list("0123456789") and about["update"] == kept.updates and about["teacher"] is True
    assert [about["mean"], about["spread"]] == [[0.1307], [0.3081]]
    assert about["layers"][:2] == [
        {"kind": "Image", "channels": 1, "side": 28, "mirror": False},
        {"kind": "Conv", "name": "layers.0", "outputs": 8, "filter": 3, "stride": 2, "padding": 1}
        | {"bias": True, "fixed": False},
    ]
    tag = answer.headers["etag"]
    assert post(f"/api/runs/{KEPT}/students", b"", {"if-none-match": tag}, "GET").status == 304
    before = post(f"/api/runs/{KEPT}/students?update=0", b"", {"if-none-match": tag}, "GET")
    assert before.status == 200 and metadata(before.body)["update"] == 0


def metadata(file: bytes) -> dict[str, Any]:
    """What a file of students says about their network."""
    head = json.loads(file[8 : 8 + int.from_bytes(file[:8], "little")])
    return dict(json.loads(head["__metadata__"]["network"]))


def test_students_that_cannot_be_fetched_are_explained(
    post: Ask, run_id: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(run: str, status: int = 404) -> str:
        return sentence(post(f"/api/runs/{run}/students", b"", {}, "GET"), status)

    assert "damaged" in refused(run_id), "the tiny engine's are its own"
    weights_path(run_id).write_bytes(save({"arm0.seed0.head.bias": np.ones(10, np.float32)}))
    assert "damaged" in refused(run_id), "a student lacks a layer"
    assert "from the first point on" in refused(store.runs.submit(json_of(), ANNE))
    assert "no such run" in refused("unknown-run")
    monkeypatch.setattr(students, "LARGEST", 1000)
    assert "the server answers for them" in refused(KEPT, 413)


def test_if_the_students_answer_in_the_browser_the_teacher_is_asked_alone(post: Ask, mirror: Mirror) -> None:
    assert post(f"/api/runs/{KEPT}/drawing?alone=1").json()["teacher"] == [0.5] * 10
    assert mirror.questions[-1]["students"] is None and mirror.questions[-1]["teacher"] == "mnist"


# ── costs ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def tiny() -> Iterator[InferenceClient]:
    asked = InferenceClient((sys.executable, "-m", "tests.experiments.tiny_inference"))
    asked.start()
    wait_for(lambda: asked.pid)
    yield asked
    asked.stop()


def test_costs_are_counted_at_once_and_measured_when_asked(store: Store, tiny: InferenceClient, run_id: str) -> None:
    app = Starlette(routes=routes(lambda: store, lambda: tiny))
    for run in (run_id, KEPT):
        before = get(app, f"/api/runs/{run}/costs").json()
        assert before["student"]["parameters"] == (23_860 if run == run_id else 9098)
        assert before["teacher"]["multiply_adds"] > 1_000_000
        assert before["points"][-1]["accuracy"][0] > 0 and 0.98 < before["teacher_accuracy"] < 1
        if run == run_id:
            assert before["student"]["timed"] is None and before["teacher"]["timed"] is None
    answer = get(app, f"/api/runs/{run_id}/costs", BYTES, "POST")
    assert answer.status == 202 and answer.json() == {"measuring": True}
    assert get(app, f"/api/runs/{run_id}/costs").json()["student"]["measuring"]
    assert get(app, f"/api/runs/{run_id}/costs", BYTES, "POST").status == 202, "one measurement, however many ask"

    def measured() -> Any:
        found = get(app, f"/api/runs/{run_id}/costs").json()
        return found if found["teacher"]["timed"] and found["student"]["timed"] else None

    found = wait_for(measured)
    timed = found["student"]["timed"]
    assert (timed["ms"], timed["ms_p95"], timed["per_second"], timed["threads"]) == (1.5, 2.5, 900.0, 1)
    assert timed["beside"] == 0 and timed["when"] > 1e9
    kept = get(app, f"/api/runs/{KEPT}/costs").json()
    assert kept["teacher"]["timed"] == found["teacher"]["timed"], "of the network, not of the run"
    assert kept["student"]["timed"] is None, "another student"
    wait_for(lambda: not costs_api._measuring)


def test_a_busy_store_keeps_nobody_from_an_answer(
    store: Store, tiny: InferenceClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, noting = Event(), Event()

    def busy(*_: object) -> None:
        noting.set()
        free.wait()

    monkeypatch.setattr(type(store.facts), "note", busy)
    get(Starlette(routes=routes(lambda: store, lambda: tiny)), f"/api/runs/{run_id}/costs", BYTES, "POST")
    try:
        assert noting.wait(PATIENCE)
        assert tiny.ask(do="read")["teacher"]
    finally:
        free.set()
    wait_for(lambda: not costs_api._measuring)


def test_a_measurement_that_is_lost_is_told(store: Store, tiny: InferenceClient, run_id: str) -> None:
    app = Starlette(routes=routes(lambda: store, lambda: tiny))
    get(app, f"/api/runs/{run_id}/costs", BYTES, "POST")
    tiny.stop()
    wait_for(lambda: not costs_api._measuring)
    found = get(app, f"/api/runs/{run_id}/costs").json()
    assert "has ended" in found["student"]["trouble"] and not found["student"]["measuring"]
    assert "has ended" in sentence(get(app, f"/api/runs/{run_id}/costs", BYTES, "POST"), 503)


def test_costs_of_what_is_not_there(post: Ask, mirror: Mirror) -> None:
    assert "There is no such run" in sentence(post("/api/runs/aaaabbbbcccc/costs", b""), 404)
    assert post(f"/api/runs/{KEPT}/costs", method="GET").json()["ready"]
    mirror.pid = None
    assert not post(f"/api/runs/{KEPT}/costs", method="GET").json()["ready"], "the page waits, and asks for nothing"
    assert "At most 0 bytes" in sentence(post(f"/api/runs/{KEPT}/costs", b"x"), 413)


# ── which images ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_rankings(store: Store, post: Ask, run_id: str) -> None:
    def ask(address: str) -> Answer:
        return post(address, method="GET")

    shipped = available.teachers()["mnist"].sha256
    store.teachers.note(TeacherAnswers("mnist", "mnist", "e" * 64, shipped, 0.99, 1000, TEACHER))
    for address in (f"/api/runs/{run_id}/ranking", "/api/teachers/mnist/ranking?data=mnist"):
        body = ask(address).json()
        assert sorted(body["images"]) == list(range(SHOWN)) and len(body["labels"]) == SHOWN
    kept = recorded.recorded_runs()[KEPT]
    body = ask(f"/api/runs/{KEPT}/ranking?by=differ").json()
    assert sorted(body["images"]) == list(range(1000))
    assert body["labels"] == [kept.labels[image] for image in body["images"]]
    said = kept.answers()
    apart = (said.students[-1][1].argmax(-1) != said.teacher.argmax(-1)).mean(0)
    assert apart[body["images"][:30]].mean() > 5 * apart.mean(), "they disagree most where they differ most"
    early = ask(f"/api/runs/{KEPT}/ranking?by=differ&update=0").json()["images"]
    assert early[:30] != body["images"][:30]
    assert ask(f"/api/runs/{run_id}/ranking?by=differ&update=3").status == 200


def test_rankings_that_cannot_be(store: Store, post: Ask, run_id: str) -> None:
    def ask(address: str) -> Answer:
        return post(address, method="GET")

    assert "replaced since" in sentence(ask(f"/api/runs/{run_id}/ranking"), 404)
    assert "by must be" in sentence(ask(f"/api/runs/{KEPT}/ranking?by=x"), 400)
    assert "have not answered yet" in sentence(ask("/api/teachers/mnist/ranking?by=differ"), 404)
    assert "data must be" in sentence(ask("/api/teachers/mnist/ranking?data=x"), 400)
    waiting = store.runs.submit(json_of(), ANNE)
    shipped = available.teachers()["mnist"].sha256
    store.teachers.note(TeacherAnswers("mnist", "mnist", "e" * 64, shipped, 0.99, 1000, TEACHER))
    assert "have not answered yet" in sentence(ask(f"/api/runs/{waiting}/ranking?by=differ"), 404)


def test_a_sheet_of_test_images(post: Ask) -> None:
    def ask(query: str) -> Answer:
        return post(f"/api/data/mnist/test/sheet.png?images={query}", method="GET")

    sheet = ask("3-17-999")
    assert sheet.status == 200 and sheet.headers["content-type"] == "image/png"
    assert struct.unpack(">II", sheet.body[16:24]) == (3 * 28, 28)
    assert "max-age" in sheet.headers["cache-control"] and len(ask("-".join(map(str, range(18)))).body) < 6000
    again = post(
        "/api/data/mnist/test/sheet.png?images=3-17-999", headers={"if-none-match": sheet.headers["etag"]}, method="GET"
    )
    assert again.status == 304
    for bad in ("", "x", "1-", "-1", "1--2", "1,2", "-".join("1" * 51), "9" * 5000, "٣"):
        assert "1 to 50 numbers" in sentence(ask(bad), 404)
    assert "no test image 1,000" in sentence(ask("1-1000"), 404)
    assert np.frombuffer(sheet.body[:8], np.uint8)[0] == 0x89
