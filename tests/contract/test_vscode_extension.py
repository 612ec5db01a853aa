"""The packed extension: loaded in node, its own client finds a mistake and sees it corrected."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from tests.process import finish

FOLDER = Path(__file__).parents[2] / "editors" / "vscode"
PACKED = FOLDER / "smartplan.vsix"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not PACKED.is_file(),
    reason="no node, or no packed extension: `make vscode` builds it",
)


def test_its_client_and_the_server_understand_each_other() -> None:
    command = [sys.executable, "-m", "smartplan", "lsp"]
    done = finish(
        ["node", "smoke.mjs"],
        FOLDER,
        timeout=180,
        PYTHON=sys.executable,
        SMARTPLAN_COMMAND=json.dumps(command),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "found SP003: `stop_los` is no key of the trade",
        "corrected: nothing is found any more",
        f"commands: {' '.join(palette())} smartplan.rendered",  # the server's own
        "rendered: account: main",
    ]


def palette() -> list[str]:
    """The commands that the editor offers."""
    package = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    return [command["command"] for command in package["contributes"]["commands"]]


def test_it_holds_the_extension_and_nothing_else() -> None:
    with zipfile.ZipFile(PACKED) as packed:
        names = {name for name in packed.namelist() if name.startswith("extension/")}
    assert names == {
        "extension/package.json",
        "extension/readme.md",
        "extension/picture.png",
        "extension/dist/extension.js",
    }


def test_a_workspace_cannot_choose_what_is_started() -> None:
    package = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    settings = package["contributes"]["configuration"]["properties"]
    assert settings["smartplan.command"]["scope"] == "machine"
