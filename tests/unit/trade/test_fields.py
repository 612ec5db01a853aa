"""Fields and digests: their form is part of every live note, so it must never move."""

import hashlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartplan.trade.fields import (
    STOP_TRAILING,
    Group,
    digest_of,
    digests,
    group_fields,
    immutable_fields,
)
from smartplan.trade.parse import parse_time
from tests.strategies import trades
from tests.trades import SWING, changed, plan

D = Decimal
ascii_text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))


def by_hand(*pairs: tuple[str, str]) -> str:
    """The documented canonical form, written out: sorted pairs as compact ASCII JSON."""
    listed = ",".join(f'["{path}","{value}"]' for path, value in sorted(pairs))
    return hashlib.sha256(f"[{listed}]".encode("ascii")).hexdigest()[:4]


def test_the_digests_of_a_plan_by_hand():
    assert digests(plan().trade) == (
        by_hand(
            ("position.units.value", "0.01"),
            ("position.price.value", "60000"),
            ("leverage.enabled", "false"),
        ),
        by_hand(
            ("take_profit.enabled", "true"),
            ("take_profit.steps[0].order_type", "limit"),
            ("take_profit.steps[0].price.value", "66000"),
            ("take_profit.steps[0].price.type", "bid"),
            ("take_profit.steps[0].volume", "50"),
            ("take_profit.steps[0].trailing.enabled", "false"),
            ("take_profit.steps[1].order_type", "market"),
            ("take_profit.steps[1].price.value", "72000"),
            ("take_profit.steps[1].price.type", "bid"),
            ("take_profit.steps[1].volume", "50"),
            ("take_profit.steps[1].trailing.enabled", "true"),
            ("take_profit.steps[1].trailing.percent", "2"),
        ),
        by_hand(
            ("stop_loss.enabled", "true"),
            ("stop_loss.order_type", "market"),
            ("stop_loss.conditional.price.value", "55000"),
            ("stop_loss.conditional.price.type", "bid"),
            ("stop_loss.conditional.trailing.enabled", "false"),
            ("stop_loss.breakeven", "true"),
        ),
        by_hand(),
    )


def test_pinned_digests():
    """Were these to change, every open trade would look as if somebody had edited it."""
    assert digests(plan().trade) == ("96fb", "6805", "1f62", "4f53")
    assert by_hand() == "4f53"  # sha256 of "[]"


def test_the_hidden_group_is_the_trailing_percent_of_the_stop():
    text = SWING.replace(
        "{price: {value: 55000, type: bid}}",
        "{price: {value: 55000, type: bid}, trailing: {enabled: true, percent: 8.50}}",
    )
    fields = group_fields(plan(text).trade)
    assert fields[Group.HIDDEN] == {STOP_TRAILING: D("8.5")}
    assert STOP_TRAILING not in fields[Group.STOP_LOSS]
    by_marker = digests(plan(text).trade)[3]
    assert by_marker == by_hand(("stop_loss.conditional.trailing.percent", "8.5"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value: 0.01", 'value: "0.0100"'),
        ("value: 0.01", "value: 1e-2"),
        ("enabled: true", 'enabled: "true"'),
        ("volume: 50", "volume: 50.00"),
        ("note: weekly support", "note: something else"),
        ("breakeven: true", "breakeven: true\n  timeout: {enabled: false}"),
        ("note: weekly support", "leverage: {enabled: false}"),
    ],
)
def test_another_way_of_writing_it_is_the_same_trade(old, new):
    assert digests(plan(changed(old, new)).trade) == digests(plan().trade)


@pytest.mark.parametrize(
    ("old", "new", "group"),
    [
        ("value: 0.01", "value: 0.011", 0),
        ("value: 60000", "value: 60000.01", 0),
        ("note: weekly support", "leverage: {enabled: true, type: cross, value: 2}", 0),
        ("value: 66000", "value: 66001", 1),
        ("volume: 50", "volume: 49", 1),
        ("percent: 2}", "percent: 2.5}", 1),
        ("value: 55000", "value: 54999", 2),
        ("breakeven: true", "breakeven: false", 2),
        ("breakeven: true", "timeout: {enabled: true, value: 5}", 2),
        ("value: 55000, type: bid", "value: 55000, type: last", 2),
    ],
)
def test_a_change_shows_in_its_group_and_no_other(old, new, group):
    before, after = digests(plan().trade), digests(plan(changed(old, new)).trade)
    assert [at for at in range(4) if before[at] != after[at]] == [group]


def test_what_no_patch_can_change():
    assert immutable_fields(plan().trade) == {
        ("account_id",): 1,
        ("pair",): "USDT_BTC",
        ("instant",): False,
        ("skip_enter_step",): False,
        ("position", "type"): "buy",
        ("position", "order_type"): "limit",
    }


@given(trades())
def test_every_group_speaks_of_its_own_part(trade):
    groups = group_fields(trade)
    listed = [path for fields in groups.values() for path in fields]
    assert len(listed) == len(set(listed))
    assert not set(listed) & set(immutable_fields(trade))


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-12-31T00:00:00Z", "2026-12-31T00:00:00+00:00"),
        ("2026-12-31T02:30:00+02:30", "2026-12-31T00:00:00+00:00"),
        ("2026-12-31T00:00:00", None),
        ("2026-12-31", None),
        ("soon", None),
    ],
)
def test_a_time_needs_its_zone(text, iso):
    moment = parse_time(text)
    assert (moment.isoformat() if moment else None) == iso


@given(st.dictionaries(ascii_text, ascii_text))
def test_the_canonical_form_is_compact_json_of_sorted_pairs(texts):
    form = json.dumps(sorted(texts.items()), separators=(",", ":"))
    assert digest_of(texts) == hashlib.sha256(form.encode("ascii")).hexdigest()[:4]
