"""A student to take home: a page that runs by itself, and files for other programs."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from starlette.applications import Starlette

from app.catalog.architecture import parameters
from app.catalog.declared import DATA, STUDENTS
from app.distillation.models import build_student
from app.experiments.recordings import runs as recorded
from app.experiments.students import Student
from app.server import take_home
from app.server.api import routes
from app.store import Store
from tests.asgi import Answer, Ask, get
from tests.server.test_api import sentence

KEPT = "recorded-mnist-kd"
ARM = {"role": "distilled", "method": "kd", "temperature": 8.0, "alpha": 0.9}


class Halved:
    """Stands for the inference process: says what float16 changes."""

    images = 1000

    def ask(self, **asked: Any) -> dict[str, Any]:
        assert asked["do"] == "halve" and asked["students"]["student"] == "cnn-35k"
        return {"most": 0.00123, "changed": 2, "images": self.images}


@pytest.fixture
def ask(store: Store) -> Ask:
    app = Starlette(routes=routes(lambda: store, Halved))  # type: ignore[arg-type]
    return lambda address, **headers: get(app, address, headers)


def student(rung: str, data: str) -> Student:
    network = build_student(STUDENTS[rung], DATA[data], torch.Generator().manual_seed(0))
    tensors = {name: value.numpy() for name, value in network.state_dict().items()}
    return Student("distilled.seed1", ARM, (1, 0), network.architecture, DATA[data], tensors)


def text_of(page: str) -> str:
    return re.sub(r"<(style|script)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)


def test_a_student_comes_as_one_page_that_asks_nobody(ask: Ask) -> None:
    answer: Answer = ask(f"/api/runs/{KEPT}/student.html")
    page = answer.body.decode()
    assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == "sandbox allow-scripts; frame-ancestors 'none'"
    assert "default-src 'none'; script-src 'sha256-" in page and "<noscript>" in page
    assert not re.search(r"https?://|\bsrc=|\bhref=", page), "it names no address"
    assert not re.search(r"\{\{\w+\}\}", page) and len(page.encode()) <= take_home.LARGEST_PAGE
    told = text_of(page)
    for said in (
        "9,098 numbers",
        "500 labelled images of MNIST",
        "T = 8",
        "of 10,000 test images",
        "its teacher is on",
    ):
        assert said in told, said
    assert "digit by digit (float32)" in told and "What its run found: " in told
    kept = ask(
        f"/api/runs/{KEPT}/student.html?keep=1&student=labels.seed{recorded.recorded_runs()[KEPT].spec.seeds[1]}"
    )
    assert kept.headers["content-disposition"] == f'attachment; filename="distillery-{KEPT}-student.html"'
    assert "No teacher helped" in text_of(kept.body.decode())
    assert "no such student" in sentence(ask(f"/api/runs/{KEPT}/student.html?student=me"), 404)
    assert "no such run" in sentence(ask("/api/runs/unknown-run/student.html"), 404)


def test_a_larger_student_is_rounded_and_says_what_that_changes(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    page = ask("/api/runs/recorded-cifar10-kd/student.html").body.decode()
    assert len(page.encode()) <= take_home.LARGEST_PAGE
    told = " ".join(text_of(page).split())
    assert "on 1,000 test images that changes no logit by more than 0.0012, and 2 of the answers." in told
    assert 'type="file"' in page and 'canvas class="pad"' not in page, "photographs are shown, not drawn"
    monkeypatch.setattr(Halved, "images", 0)
    assert "was not measured" in text_of(ask("/api/runs/recorded-cifar10-kd/student.html").body.decode())


@pytest.mark.parametrize("data", ["mnist", "fashion", "cifar10"])
def test_pages_of_small_students_are_small_and_larger_ones_say_their_size(data: str) -> None:
    for rung in STUDENTS:
        one, told = student(rung, data), ["A sentence about its teacher, its images and its run." * 6] * 3
        page = take_home.page(one, ["a", "b"], told)
        if len(page.encode()) > take_home.LARGEST_PAGE:
            page = take_home.page(one, ["a", "b"], told, {"most": 0.1, "changed": 0, "images": 1000}, half=True)
        kilobytes = len(page.encode()) / 1000
        assert kilobytes <= 150 or parameters(one.layers) > 36_000, (rung, kilobytes)
        (said,) = re.findall(r"This file has about (\d+) KB", page)
        assert abs(int(said) - kilobytes) < 3


def test_what_a_learner_wrote_stays_text() -> None:
    page = take_home.page(student("mlp-30", "mnist"), ["<b>", "</script>"], ["<img src=x onerror=alert(1)> & more"])
    assert "<img" not in page and "&lt;img src=x" in page and page.count("</script>") == 2


def test_an_onnx_file_says_what_made_it(ask: Ask) -> None:
    answer = ask(f"/api/runs/{KEPT}/student.onnx")
    assert answer.headers["content-disposition"] == f'attachment; filename="distillery-{KEPT}-student.onnx"'
    model = onnx.load_from_string(answer.body)
    about = {one.key: one.value for one in model.metadata_props}
    assert about["run"] == KEPT and json.loads(about["classes"]) == list("0123456789") and about["verdict"]
    assert json.loads(about["spec"])["student"] == "cnn-9k" and about["student"].startswith("distilled.seed")
    sizes = [int(np.prod(one.dims)) for one in model.graph.initializer if "." in one.name]
    assert sum(sizes) == 9098


def test_the_script_for_pytorch_names_the_file_that_comes_with_it(ask: Ask) -> None:
    script = ask(f"/api/runs/{KEPT}/load_weights.py").body.decode()
    assert f'safe_open("distillery-{KEPT}-weights.safetensors"' in script and 'student="distilled.seed' in script
