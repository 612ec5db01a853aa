"""Where a field of a trade is really held: the literal, through names, loops, macros, values."""

from decimal import Decimal
from pathlib import Path

import pytest

from smartplan.document.literals import Computed, Holder
from smartplan.settings import Settings
from smartplan.trade.field_holders import Shared, holder_of
from smartplan.trade.parse import Entry, entries
from smartplan.workflow.lint_plans import open_workspace, read_plans
from smartplan.workflow.sources import Inputs

MACRO = """\
{% macro targets(price, share=100) -%}
enabled: true
steps: [{order_type: limit, price: {value: {{ price }}, type: bid}, volume: {{ share }}}]
{%- endmacro %}
"""
PLAN = """\
{% import 'exits.jinja' as exits %}
{% set coin = 'BTC' %}
{% set stop = entry * 0.9 %}
trades:
{%- for name, size in {'one': 0.01, 'two': 0.02}.items() %}
  {{ name }}:
    account: main
    pair: USDT_{{ coin }}
    position:
      {type: buy, order_type: limit, units: {value: {{ size }}}, price: {value: {{ entry }}}}
    take_profit:
      {{ (exits.targets(btc.target) if name == 'one' else exits.targets(72000)) | indent(6) }}
    stop_loss:
      {enabled: true, order_type: market, conditional: {price: {value: {{ stop }}, type: bid}}}
    note: "mine"  # said
{%- endfor %}
"""
LINES = PLAN.split("\n")
VALUES = "entry: 60000\nbtc:\n  target: '66000' # far\n"
UNITS = ("position", "units", "value")
ENTRY = ("position", "price", "value")
STOP = ("stop_loss", "conditional", "price", "value")
TARGET = ("take_profit", "steps", 0, "price", "value")


@pytest.fixture
def trades(tmp_path: Path) -> dict[str, Entry]:
    """The trades of a plan that takes what it says from everywhere."""
    for folder in ("plans", "templates"):
        (tmp_path / folder).mkdir()
    (tmp_path / "templates" / "exits.jinja").write_text(MACRO)
    (tmp_path / "values.yaml").write_text(VALUES)
    (tmp_path / "plans" / "p.yaml").write_text(PLAN)
    settings = Settings(root=tmp_path, file=tmp_path / "smartplan.toml")
    (read,) = read_plans(open_workspace(Inputs(), settings, tmp_path))
    assert read.document is not None, read.findings
    return {entry.name: entry for entry in entries(read.document)}


def test_an_item_of_a_loop_is_the_one_of_this_pass(trades: dict[str, Entry]) -> None:
    one, two = (holder_of(trades[name], UNITS, Decimal("0.03")) for name in ("one", "two"))
    assert one == Holder("plans/p.yaml", 5, 31, "0.01", template=True)
    assert two == Holder("plans/p.yaml", 5, 44, "0.02", template=True)


def test_an_argument_of_a_macro_is_followed_into_the_values_file(
    trades: dict[str, Entry],
) -> None:
    held = holder_of(trades["one"], TARGET, 67000)
    assert held == Holder("values.yaml", 3, 11, "'66000'")
    assert held.edit(67000).new == "'67000'"
    assert holder_of(trades["two"], TARGET, 73000) == Holder(
        "plans/p.yaml", 12, LINES[11].index("72000") + 1, "72000", template=True
    )


def test_what_several_trades_say_from_one_place_is_told(trades: dict[str, Entry]) -> None:
    for path, value, place in ((ENTRY, 61000, "values.yaml"), (("note",), "x", "plans/p.yaml")):
        held = holder_of(trades["one"], path, value)
        assert isinstance(held, Shared)
        assert (held.location.file, "two" in held.others) == (place, True)


def test_a_computed_value_is_told_with_its_inputs(trades: dict[str, Entry]) -> None:
    held = holder_of(trades["one"], STOP, 50000)
    assert isinstance(held, Computed)
    assert (held.expression, held.inputs) == (
        "stop",
        (("stop", "entry * 0.9", "plans/p.yaml:3"), ("entry", "60000", "values.yaml:1")),
    )


def test_a_text_put_together_has_no_place_of_its_own(trades: dict[str, Entry]) -> None:
    held = holder_of(trades["one"], ("pair",), "USDT_ETH")
    assert isinstance(held, Computed)
    assert holder_of(trades["one"], ("leverage", "value"), 5) is None
