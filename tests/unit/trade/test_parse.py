"""Documents to entries and planned trades."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from smartplan.document.tree import parse
from smartplan.trade.model import Expect, Lifecycle, OnRemove, State
from smartplan.trade.parse import UnknownAccount, entries, name_of, planned
from tests.trades import ACCOUNTS, SWING, plan

D = Decimal


def read(text, file="plans/a.yaml"):
    parsed = parse(text, file)
    assert parsed.document is not None, parsed.findings
    return entries(parsed.document)


TWO = """\
defaults:
  account: main
  pair: USDT_BTC
  position: {type: buy, order_type: limit, units: {value: 1}}
  take_profit:
    enabled: true
    steps: [{order_type: limit, price: {value: 9, type: bid}, volume: 100}]
  lifecycle: {on_remove: cancel}
trades:
  one:
    position: {price: {value: 5}}
  two:
    account_id: 2
    pair: USDT_ETH
    position: {type: sell, price: {value: 6}, units: {value: 2}}
    take_profit: {steps: []}
    lifecycle: {round: 3}
"""


def test_defaults_are_merged_deeply_and_lists_replaced():
    one, two = read(TWO)
    assert one.body["position"] == {
        "type": "buy", "order_type": "limit", "units": {"value": 1}, "price": {"value": 5},
    }  # fmt: skip
    assert len(one.body["take_profit"]["steps"]) == 1
    assert two.body["take_profit"] == {"enabled": True, "steps": []}
    assert two.body["lifecycle"] == {"on_remove": "cancel", "round": 3}


def test_the_defaults_of_one_trade_do_not_leak_into_the_next():
    one, two = read(TWO)
    assert one.body["position"]["units"] == {"value": 1}
    assert two.body["position"]["units"] == {"value": 2}


def test_an_account_id_replaces_an_account_of_the_defaults():
    _, two = read(TWO)
    assert "account" not in two.body
    assert planned(two, ACCOUNTS).trade.account_id == 2


def test_a_value_is_located_where_it_was_written():
    one, two = read(TWO)
    assert one.locate(("position", "price", "value")).line == 11
    assert one.locate(("position", "units", "value")).line == 4
    assert two.locate(("position", "units", "value")).line == 15
    assert two.locate(("take_profit", "steps")).line == 16
    assert one.locate(("take_profit", "steps", 0, "volume")).line == 7
    assert one.locate(()).line == 10
    assert one.locate(("stop_loss", "enabled")).line == 10


def test_a_document_with_a_pair_is_one_trade_named_after_its_file():
    (entry,) = read(SWING, "plans/BTC swing_1.yaml")
    assert (entry.name, entry.at) == ("btc-swing-1", ())


def test_a_one_trade_document_may_name_itself():
    (entry,) = read(SWING + "name: other\n")
    assert entry.name == "other"
    assert "name" not in entry.body


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("plans/btc-swing.yaml", "btc-swing"),
        ("BTC.prod.yaml", "btc"),
        ("a  b__c.yml", "a-b-c"),
        ("<stdin>", "stdin"),
        ("Übung.yaml", "bung"),
        ("日本.yaml", "trade"),
        ("-.yaml", "trade"),
        ("x" * 60 + ".yaml", "x" * 40),
        ("x" * 39 + "-y.yaml", "x" * 39),
    ],
)
def test_a_name_from_a_file(file, name):
    assert name_of(file) == name


@pytest.mark.parametrize("text", ["", "[]", "just text", "trades:\n", "trades: []\n", "a: 1\n"])
def test_a_document_without_trades_has_no_entries(text):
    assert read(text) == ()


def test_an_entry_that_is_no_mapping_is_left_to_the_schema():
    assert [entry.name for entry in read("trades:\n  a: 5\n  b: {pair: X}\n")] == ["b"]


def test_quoted_booleans_and_numbers_of_the_users_document():
    text = """\
account_id: 1
pair: "USDT_BTC"
instant: "false"
skip_enter_step: "true"
position: {type: buy, order_type: market, units: {value: "0.0100"}, price: {value: "8000"}}
take_profit:
  enabled: "true"
  steps: [{order_type: limit, price: {value: "9000", type: bid}, volume: "100.0"}]
stop_loss: {enabled: "false"}
"""
    trade = plan(text).trade
    assert (trade.instant, trade.skip_enter_step, trade.stop_loss) == (False, True, None)
    assert trade.position.units == D("0.01")
    assert trade.take_profit[0].volume == 100


def test_an_unknown_account_says_which_are_known():
    with pytest.raises(UnknownAccount, match=r"`mian`.*known: futures, main") as caught:
        plan(SWING.replace("account: main", "account: mian"))
    assert caught.value.path == ("account",)


def test_an_account_id_of_another_environment_is_unknown():
    with pytest.raises(UnknownAccount, match=r"account 99 .*known: 1, 2") as caught:
        plan(SWING.replace("account: main", "account_id: 99"))
    assert caught.value.path == ("account_id",)


def test_a_quoted_account_id_is_a_number():
    assert plan(SWING.replace("account: main", 'account_id: "2"')).trade.account_id == 2


def test_a_lifecycle_in_full():
    text = SWING + (
        "lifecycle: {round: 2, state: closed, on_remove: close, adopt: 5, renamed_from: old,\n"
        '  valid_until: 2026-12-31T01:00:00+01:00, expect: {price: "60000", within: 1}}\n'
    )
    assert plan(text).lifecycle == Lifecycle(
        round=2,
        state=State.CLOSED,
        on_remove=OnRemove.CLOSE,
        valid_until=datetime(2026, 12, 31, tzinfo=UTC),
        expect=Expect(price=D(60000), within=D(1)),
        adopt=5,
        renamed_from="old",
    )


def test_no_lifecycle_is_an_open_first_round_that_is_kept():
    assert plan().lifecycle == Lifecycle()


def test_a_note_is_kept_without_the_space_around_it():
    assert (
        plan(SWING.replace("weekly support", '"  weekly\\tsupport \\n"')).trade.note
        == "weekly\tsupport"
    )
