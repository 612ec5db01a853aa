"""Actions: whatever has to know each of them does."""

import json
from pathlib import Path
from typing import get_args

import pytest

from smartplan.changes.changeset import KINDS, OPENING, Mutation, rank_of
from smartplan.changes.execute.steps import _SENDERS, Endpoint
from smartplan.changes.track_record import MOVED_BY
from smartplan.report.action_text import _DONE, SIGNS, WORDS
from smartplan.report.history.text import TOLD_AS

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
    assert kinds == WORDS.keys() | OPENING == SIGNS.keys()
    assert {kind: rank_of(kind, moves_stop=False) for kind in kinds} == {
        "close": 0, "cancel": 1, "update": 3, "set_note": 4, "adopt": 4, "create": 5, "replace": 5,
    }  # fmt: skip


def test_an_update_that_moves_a_stop_goes_before_other_updates() -> None:
    assert rank_of("cancel", moves_stop=False) < rank_of("update", moves_stop=True)
    assert rank_of("update", moves_stop=True) < rank_of("update", moves_stop=False)


def test_every_endpoint_has_a_sender_and_its_words_in_the_trading_log() -> None:
    assert _SENDERS.keys() == set(Endpoint)
    assert set(Endpoint) <= TOLD_AS.keys()


def test_of_every_endpoint_it_is_known_whether_it_moves_something_of_a_trade() -> None:
    moves_nothing = {Endpoint.CREATE, Endpoint.SET_NOTE, Endpoint.CANCEL, Endpoint.FORCE_PROCESS}
    assert MOVED_BY.keys() == set(Endpoint) - moves_nothing


@pytest.mark.parametrize("name", ["action", "outcome"])
def test_the_published_schema_knows_every_action(name: str) -> None:
    assert set(KINDS.values()) <= of_the_schema(name)
