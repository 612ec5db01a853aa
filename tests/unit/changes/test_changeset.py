"""Actions: whatever has to know each of them does."""

import json
from pathlib import Path
from typing import get_args

import pytest

from smartplan.changes.changeset import KINDS, OPENING, Mutation, rank_of
from smartplan.changes.execute.steps import _SENDERS, Endpoint
from smartplan.report.action_text import _DONE
from smartplan.report.changes.saved import _WORDS

SCHEMAS = Path(__file__).parents[3] / "schemas"


def of_the_schema(name: str) -> set[str]:
    """The kinds of mutations that a published report may name."""
    schema = json.loads((SCHEMAS / "changeset.schema.json").read_text(encoding="utf-8"))
    return set(schema["$defs"][name]["properties"]["action"]["enum"])


def test_every_action_has_a_kind_a_rank_and_words() -> None:
    actions = set(get_args(Mutation))
    assert KINDS.keys() == actions
    assert _DONE.keys() == actions
    kinds = set(KINDS.values())
    assert kinds == _WORDS.keys() | OPENING
    assert {kind: rank_of(kind, moves_stop=False) for kind in kinds} == {
        "close": 0, "cancel": 1, "update": 3, "set_note": 4, "adopt": 4, "create": 5, "replace": 5,
    }  # fmt: skip


def test_an_update_that_moves_a_stop_goes_before_other_updates() -> None:
    assert rank_of("cancel", moves_stop=False) < rank_of("update", moves_stop=True)
    assert rank_of("update", moves_stop=True) < rank_of("update", moves_stop=False)


def test_every_endpoint_has_a_sender() -> None:
    assert _SENDERS.keys() == set(Endpoint)


@pytest.mark.parametrize("name", ["action", "outcome"])
def test_the_published_schema_knows_every_action(name: str) -> None:
    assert set(KINDS.values()) <= of_the_schema(name)
