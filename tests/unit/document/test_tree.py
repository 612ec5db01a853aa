"""Where a value stands: in block and flow style, through aliases and merges."""

import pytest

from smartplan.diagnostics import Location, Path
from smartplan.document.tree import Document, merge, parse

PLAN = """\
defaults: &base
  account: main
  units: {value: 1, "text": 2}
trades:
  btc:
    <<: *base
    pair: USDT_BTC
    steps:
      - {price: 1,
         volume: 50}
      - price: 2
        volume: 50
    note: |
      two
      lines
    'quoted key': x
  eth: *base
  sol: {<<: [{own: 1}, *base], pair: USDT_SOL}
"""


def document(text: str = PLAN) -> Document:
    parsed = parse(text, "plan.yaml")
    assert parsed.document is not None, parsed.findings
    return parsed.document


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 1, 1),
        (("defaults",), 1, 1),
        (("defaults", "account"), 2, 12),
        (("defaults", "units"), 3, 10),
        (("defaults", "units", "value"), 3, 18),
        (("defaults", "units", "text"), 3, 29),
        (("trades", "btc"), 5, 3),
        (("trades", "btc", "pair"), 7, 11),
        (("trades", "btc", "steps"), 8, 5),
        (("trades", "btc", "steps", 0), 9, 9),
        (("trades", "btc", "steps", 0, "volume"), 10, 18),
        (("trades", "btc", "steps", 1), 11, 9),
        (("trades", "btc", "steps", 1, "volume"), 12, 17),
        (("trades", "btc", "note"), 13, 11),
        (("trades", "btc", "quoted key"), 16, 19),
        (("trades", "btc", "account"), 2, 12),
        (("trades", "btc", "units", "value"), 3, 18),
        (("trades", "eth", "account"), 2, 12),
        (("trades", "sol", "own"), 18, 20),
        (("trades", "sol", "account"), 2, 12),
        (("trades", "sol", "pair"), 18, 38),
    ],
)
def test_a_value_is_found_where_it_is_written(path: Path, line: int, column: int) -> None:
    assert document().locate(path) == Location("plan.yaml", line, column)


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("trades", "btc", "pair"), 7, 5),
        (("trades", "btc", "steps", 0, "volume"), 10, 10),
        (("trades", "btc", "quoted key"), 16, 5),
        (("trades", "btc", "account"), 2, 3),
        (("trades", "sol", "pair"), 18, 32),
    ],
)
def test_a_key_is_found_where_it_is_written(path: Path, line: int, column: int) -> None:
    assert document().locate(path, key=True) == Location("plan.yaml", line, column)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("trades", "btc", "steps", 7, "volume"), 8),
        (("trades", "btc", "missing", "deeper"), 5),
        (("trades", "btc", "pair", "no mapping"), 7),
        (("nowhere",), 1),
        ((0,), 1),
    ],
)
def test_what_is_missing_is_shown_at_its_nearest_ancestor(path: Path, line: int) -> None:
    assert document().locate(path).line == line


def test_a_document_knows_what_it_holds() -> None:
    assert document().has(("trades", "btc", "steps", 1, "volume"))
    assert document().has(("trades", "btc", "account"))
    assert not document().has(("trades", "btc", "steps", 2))
    assert not document().has(("trades", "btc", "pair", "deeper"))
    assert not document().has(("trades", 0))


def test_the_nearest_of_several_merged_values_is_the_place() -> None:
    text = "a: &a {x: 1}\nb: &b\n  <<: *a\n  x: 2\nc:\n  <<: [*b, *a]\n"
    found = document(text)
    assert found.data["c"] == {"x": 2}
    assert found.locate(("c", "x")).line == 4


def test_a_quoted_merge_key_merges_nothing() -> None:
    found = document('a:\n  "<<": {x: 1}\n')
    assert not found.has(("a", "x"))
    assert found.locate(("a", "x")).line == 1


def test_an_empty_document_is_located_at_its_start() -> None:
    assert document("").locate(("trades",)) == Location("plan.yaml", 1, 1)


def test_places_go_through_the_line_map() -> None:
    parsed = parse("a: 1\n", "plan.yaml", lambda line, column: Location("other", line + 10, column))
    assert parsed.document is not None
    assert parsed.document.locate(("a",)) == Location("other", 11, 4)


def test_mappings_merge_and_everything_else_is_replaced() -> None:
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1, "c": {"z": 1}}
    over = {"a": {"y": [3]}, "b": {"n": 1}, "c": None, "d": 4}
    expected = {"a": {"x": 1, "y": [3]}, "b": {"n": 1}, "c": None, "d": 4}
    assert merge(base, over) == expected
    assert base == {"a": {"x": 1, "y": [1, 2]}, "b": 1, "c": {"z": 1}}
