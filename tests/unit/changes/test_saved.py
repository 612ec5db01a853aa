"""Saved changesets as files: what is not whole, or not ours, cannot be read."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartplan.changes.identity import changes_id, digest_of_actions
from smartplan.changes.saved import FORMAT, MAGIC, load
from smartplan.errors import UsageError
from tests.plans import PLAN
from tests.workspace import Workspace

NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


def sealed(**content: object) -> str:
    """A file that says it is whole, whatever is in it."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return json.dumps(content | {"id": hashlib.sha256(text.encode()).hexdigest()})


def test_a_time_without_its_zone_is_no_time() -> None:
    good = {
        "kind": MAGIC, "format": FORMAT, "workspace": "desk", "environment": "sandbox",
        "accounts": {}, "created": "2026-11-22T12:00:00+00:00",
        "expires": "2026-11-22T12:15:00+00:00", "trades": [], "known": [], "inputs": {},
        "choices": {
            "overwrite_drift": [], "replace": [], "allow_lookalike": [], "prune": False,
            "confirm_close": [],
        },
        "actions": [], "changes": digest_of_actions([]), "commit": None, "tool": "1",
    }  # fmt: skip
    assert load(sealed(**good), "x.json", NOW).environment == "sandbox"
    for key in ("created", "expires"):
        with pytest.raises(UsageError, match="cannot be read"):
            load(sealed(**good | {key: "2026-11-22T12:00:00"}), "x.json", NOW)


def test_a_file_that_nests_without_end_cannot_be_read() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(f'{{"kind": "{MAGIC}", "x": {"[" * 200_000}', "x.json", NOW)


def test_the_changes_id_is_that_of_a_set(tmp_path: Path) -> None:
    ids = []
    for names in (("a", "z"), ("z", "a")):
        folder = tmp_path / "-".join(names)
        folder.mkdir()
        workspace = Workspace(folder)
        for file, units in zip(names, ("0.01", "0.02"), strict=True):
            plan = PLAN.replace("0.01", units).replace("account", f"name: of-{units[-1]}\naccount")
            workspace.plan(file, plan)
        ids.append(changes_id(workspace.diff()))
    assert ids[0] == ids[1]
