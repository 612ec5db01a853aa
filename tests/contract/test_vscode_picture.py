"""The picture of the extension shows what the server says now."""

import json
from pathlib import Path

from tests.editors import Editor, at

TOLD = Path(__file__).parents[2] / "editors" / "vscode" / "picture.json"


def test_the_picture_shows_what_the_server_says(tmp_path: Path) -> None:
    told = json.loads(TOLD.read_text(encoding="utf-8"))
    for name, text in told["files"].items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    plan, macro = tmp_path / "plans" / "btc.yaml", tmp_path / "templates" / "exits.jinja"
    with Editor(tmp_path) as editor:
        editor.open(plan)
        editor.sees(macro, ("SP402", 2), ("SP402", 2))
        found = [one.message for one in editor.diagnostics[macro.as_uri()]]
        where = at(told["files"]["plans/btc.yaml"], "btc-swing", 1)
        hover = editor.ask("hover", plan, where).contents.value
    assert told["shown"] == {"hover": hover, "findings": found}, "make vscode-picture"
