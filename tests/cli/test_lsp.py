"""``smartplan lsp`` where its extra is not installed."""

import sys

import pytest

from tests.workspace import Workspace


def test_without_its_extra_it_says_how_to_get_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one.startswith("smartplan.editor")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pygls", None)
    ran = workspace.run("lsp")
    assert ran.code == 2
    assert "the language server needs pygls" in ran.err
    assert "pip install 'smartplan[lsp] @ git+" in ran.err
