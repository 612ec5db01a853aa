"""Every example and our own plans: lint clean, apply on the sandbox, and then show no change."""

import copy
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from smartplan.changes.changeset import Create, Update
from smartplan.changes.execute.outcomes import Result
from smartplan.diagnostics import Severity
from tests.bodies import DOCUMENTED
from tests.workspace import Workspace

ROOT = Path(__file__).parents[2]
WORKSPACES = [*sorted(file.parent for file in ROOT.glob("examples/*/smartplan.toml")), ROOT]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def copy_of(example: Path, folder: Path) -> Workspace:
    """The example's own files, without what a run leaves behind."""
    for name in ("smartplan.toml", "values.yaml"):
        if (example / name).exists():
            shutil.copy(example / name, folder / name)
    for name in ("plans", "templates"):
        if (example / name).is_dir():
            shutil.copytree(example / name, folder / name)
    return Workspace(folder)


@pytest.mark.parametrize("example", WORKSPACES, ids=named)
def test_an_example_lints_applies_and_converges(example: Path, tmp_path: Path) -> None:
    workspace = copy_of(example, tmp_path)
    checked = workspace.check()
    assert [f for f in checked.findings if f.severity is Severity.ERROR] == []
    before = workspace.diff()
    assert before.count(Create) == len(checked.trades) > 0
    applied = workspace.apply()
    assert [
        (o.action.of.name, o.message) for o in applied.outcomes if o.result != Result.DONE
    ] == []
    workspace.requests()
    after = workspace.diff()
    assert after.count(Create, Update) == 0
    assert after.mutations == ()
    assert [blocked.reason for blocked in after.blocked] == []
    assert workspace.requests() == []


CREATE = ("POST", "/public/api/v2/smart_trades")


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_a_pasted_body_is_what_is_sent(name: str, tmp_path: Path) -> None:
    """Pasted as JSON into a file, unchanged: what reaches the exchange means the same."""
    workspace = Workspace(tmp_path)
    workspace.plan("pasted", json.dumps(DOCUMENTED[name], indent=2))
    workspace.apply("plans/pasted.yaml")
    creates = (r for r in workspace.exchange.log if (r.method, r.path) == CREATE)
    (sent,) = [json.loads(r.body) for r in creates]
    pasted = copy.deepcopy(DOCUMENTED[name])
    if trigger := pasted["position"].get("conditional"):
        # The documented default of an entry's trigger, which we say rather than leave to others.
        trigger["price"].setdefault("type", "ask" if pasted["position"]["type"] == "buy" else "bid")
    assert meaning(sent | {"note": None}) == meaning(pasted)


def meaning(value: object) -> object:
    """Numbers as numbers, booleans as booleans, what is off or empty left out."""
    if isinstance(value, dict):
        if value.get("enabled") in (False, "false"):
            return None
        listed = {key: meaning(item) for key, item in value.items()}
        return {key: item for key, item in listed.items() if item not in (None, False, [], {})}
    if isinstance(value, list):
        return [meaning(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    text = str(value)
    if text in {"true", "false"}:
        return text == "true"
    if text == "custom":
        return "isolated"
    try:
        return Decimal(text).normalize()
    except ArithmeticError:
        return text
