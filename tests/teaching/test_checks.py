"""Checks register where they stand, with the source of their answer, which the linter of questions asks for."""

from __future__ import annotations

import shutil
from pathlib import Path
from pkgutil import iter_modules

import pytest
from ruamel.yaml import YAML

from app.catalog import available
from app.experiments.recordings.runs import RecordedRun, recorded_runs
from app.server.api.runs import recorded_state
from app.teaching import checks, lessons, lint_questions
from app.teaching.checks import registry
from app.teaching.checks.registry import CHECKS, check
from app.teaching.claims import Claim, value
from app.teaching.copies import copy_in

NO_MODEL = "no key is computed from a model or a run"


def test_a_check_answers_from_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_CHECKS", dict(CHECKS))
    monkeypatch.setattr("app.teaching.claims.CHECKS", registry._CHECKS)

    @check(source="formula")
    def doubled(number: float) -> float:
        """Twice a number."""
        return 2 * number

    assert value(Claim(check="doubled", args={"number": 4})) == 8 and doubled(1) == 2
    with pytest.raises(ValueError, match="two checks are called softmax: rename one"):

        @check(source="formula")
        def softmax() -> float:
            """Another one."""
            return 0


def test_every_module_of_checks_registers_some() -> None:
    homes = {one.answer.__module__ for one in CHECKS.values()}
    modules = {f"{checks.__name__}.{module.name}" for module in iter_modules(checks.__path__)}
    assert homes == modules - {registry.__name__}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("student_parameters", "catalog"),
        ("bug_title", "catalog"),
        ("by_chance", "formula"),
        ("published", "paper"),
        ("first_split", "model"),
        ("gradient_at", "model"),
        ("teacher_accuracy", "model"),
    ],
)
def test_a_source_is_said_not_read_off_a_name(name: str, source: str) -> None:
    assert CHECKS[name].source == source


def test_a_quiz_whose_keys_come_from_no_model_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "lessons"
    shutil.copytree(lessons.folder(), folder)
    monkeypatch.setattr(lessons, "folder", lambda: folder)
    lesson = next(path for path in folder.iterdir() if path.name.endswith("what_the_teacher_says"))
    file, yaml = lesson / "questions.yaml", YAML(typ="safe", pure=True)
    assert not any(NO_MODEL in fault for fault in lint_questions.faults(lesson))
    bank = yaml.load(file.read_text(encoding="utf-8"))
    for question in bank["questions"]:
        for key in ("key", "answer", "gives", "outcome"):
            if isinstance(question.get(key), dict):
                question[key] = {"check": "student_parameters", "student": "xs"}
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(bank, out)
    assert any(NO_MODEL in fault for fault in lint_questions.faults(lesson))


@pytest.mark.parametrize("run", recorded_runs().values(), ids=lambda run: run.id)
def test_a_run_on_a_copy_says_so_to_whoever_draws_it(run: RecordedRun) -> None:
    """By the images' digest, so that a run of one's own on the same copy says so, too."""
    imported = run.record["images"].get("origin") == "import"
    assert recorded_state(run)["copy"] == ("JPEG copy" if imported else "")
    assert copy_in({"data_digest": run.record["data_digest"]}) == recorded_state(run)["copy"]
    assert imported == ("JPEG copy" in available.teachers()[run.spec.teacher].name)
    assert copy_in({}) == copy_in({"data_digest": "of the originals"}) == ""
