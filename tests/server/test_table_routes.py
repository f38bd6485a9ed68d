from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save

from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.server import identity
from app.server.api.table import ASKED_AT_MOST
from app.store import Store
from tests.asgi import Ask
from tests.files import weights_path
from tests.store.stored import ANNE, BEN, ended_run

SPEC = RunSpec.two_arms(default_settings(), (12, 33, 904))


def test_live_runs_are_asked_for_by_their_ids(ask: Ask, store: Store) -> None:
    mine, theirs = ended_run(store, ANNE, SPEC, state="running"), ended_run(store, BEN, SPEC)
    body = ask(f"/api/rows?runs={mine}.{theirs}.abcd2345efgh").json()
    at = body["keys"].index("id")
    assert {row[at] for row in body["rows"]} == {mine, theirs}
    assert ask(f"/api/rows?runs={mine}").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("runs", ["", "a..b", "<b>", ".".join(["abcd2345"] * (ASKED_AT_MOST + 1))])
def test_bad_ids_get_a_sentence(ask: Ask, runs: str) -> None:
    answer = ask(f"/api/rows?runs={runs}")
    assert answer.status == 400 and answer.json()["message"].endswith("dots between them.")


def test_two_runs_are_compared_and_others_refused_in_words(ask: Ask, store: Store) -> None:
    a, b = ended_run(store, ANNE, SPEC), ended_run(store, BEN, RunSpec.two_arms(default_settings(), (1, 2, 3)))
    body = ask(f"/api/compare?a={a}&b={b}").json()
    assert body["kind"] == "not-paired" and body["differences"][0]["words"] == "Seeds"
    assert ask(f"/api/compare?a={a}&b=recorded-mnist-kd").json()["kind"] in ("not-paired", "incomparable")
    unreadable = ended_run(store, ANNE, SPEC, spec="{}")
    for query in (f"a={a}", f"a={a}&b=abcd2345", f"a={a}&b=recorded-none", f"a={unreadable}&b={a}", "a=%3Cb%3E&b=x"):
        answer = ask(f"/api/compare?{query}")
        assert answer.status == 404 and answer.json()["message"].endswith(".")


def test_the_whole_table_is_the_visitors_own(ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = ended_run(store, ANNE, SPEC), ended_run(store, BEN, SPEC)
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: ANNE)
    answer = ask("/api/runs.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="distillery-runs.csv"'
    text = answer.body.decode()
    assert text.startswith("\ufeffid,"), "Excel reads no name without it"
    assert mine in text and theirs not in text and "recorded-mnist-kd" in text


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Müller’s best: 93 %", "distillery-mullers-best-93-{}-curves.csv"),
        ('../..\\"x";\r\nSet-Cookie: a', "distillery-x-set-cookie-a-{}-curves.csv"),
        ("蒸馏", "distillery-{}-curves.csv"),
        ("", "distillery-{}-curves.csv"),
    ],
)
def test_a_runs_name_is_in_its_files_names_as_far_as_it_is_harmless(
    ask: Ask, store: Store, name: str, file: str
) -> None:
    run_id = ended_run(store, ANNE, SPEC)
    store.runs.rename(run_id, ANNE, name)
    told = ask(f"/api/runs/{run_id}/curves.csv").headers["content-disposition"]
    assert told == f'attachment; filename="{file.format(run_id)}"'
    weights_path(run_id).parent.mkdir(parents=True)
    weights_path(run_id).write_bytes(save({"arm0.seed0.w": np.zeros(1, np.float32)}))
    assert run_id in ask(f"/api/runs/{run_id}/weights.safetensors").headers["content-disposition"]
    assert ask(f"/api/runs/{run_id}/events").json()["name"] == store.runs.get(run_id).name  # type: ignore[union-attr]


def test_a_challenge_is_checked_for_the_visitors_own_run(
    ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ended_run(store, ANNE, SPEC, [[0.9, 0.9, 0.9], [0.94, 0.941, 0.942]])
    assert "Somebody else’s" in ask(f"/api/challenges/five-hundred?run={run_id}").json()["sentence"]
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: ANNE)
    assert ask(f"/api/challenges/five-hundred?run={run_id}").json()["met"]
    assert not ask("/api/challenges/five-hundred?run=recorded-mnist-kd").json()["met"]
    for address in ("/api/challenges/none?run=x", "/api/challenges/keep", "/api/challenges/keep?run=abcd2345"):
        answer = ask(address)
        assert answer.status == 404 and answer.json()["message"].endswith(".")
