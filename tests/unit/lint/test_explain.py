"""What an author reads when a plan does not fit: one message per real cause, at the line."""

import json

import pytest

from smartplan.diagnostics import Finding
from smartplan.document.tree import parse
from smartplan.lint.engine import check, examine
from tests.bodies import DOCUMENTED

TRADE = """\
account: main
pair: USDT_BTC
position:
  type: buy
  order_type: limit
  units: {value: 0.01}
  price: {value: 60000}
take_profit:
  enabled: true
  steps:
    - {order_type: limit, price: {value: 66000, type: bid}, volume: 50}
    - {order_type: market, price: {value: 72000, type: bid}, volume: 50}
stop_loss:
  enabled: true
  order_type: market
  conditional: {price: {value: 55000, type: bid}}
"""


def found_in(text: str) -> list[Finding]:
    parsed = parse(text, "plans/p.yaml")
    assert parsed.document is not None, parsed.findings
    return check(parsed.document)


def only(text: str) -> Finding:
    findings = found_in(text)
    assert len(findings) == 1, findings
    return findings[0]


def changed(old: str, new: str) -> str:
    assert TRADE.count(old) == 1
    return TRADE.replace(old, new)


@pytest.mark.parametrize("title", DOCUMENTED)
def test_a_body_of_the_document_fits_as_it_was_copied(title: str) -> None:
    assert found_in(json.dumps(DOCUMENTED[title], indent=2)) == []


@pytest.mark.parametrize(
    "text",
    [
        TRADE,
        changed("enabled: true\n  order_type", 'enabled: "true"\n  order_type'),
        changed("{value: 0.01}", '{value: "0.01"}'),
        changed("account: main", 'account_id: "123"'),
        "name: btc\n" + TRADE + "note: weekly\nlifecycle: {round: 2, state: closed, adopt: 5}\n",
        """
defaults: {account: main, take_profit: {enabled: false}, stop_loss: {enabled: false}}
trades:
  a: {pair: USDT_BTC, position: {type: sell, order_type: market, units: {value: 1}}}
""",
    ],
)
def test_these_plans_fit(text: str) -> None:
    assert found_in(text) == []


@pytest.mark.parametrize(
    ("text", "line", "code", "message", "hint"),
    [
        (
            changed("stop_loss:", "stop_los:"),
            13, "SP003", "`stop_los` is no key of the trade", "did you mean `stop_loss`?",
        ),
        (
            changed("  units:", "  trailing: {enabled: true, percent: 1}\n  units:"),
            6, "SP003", "`trailing` is no key of `position`",
            "it belongs at `position.conditional.trailing`",
        ),
        (
            changed("{order_type: limit, ", "{order_type: limit, breakeven: true, "),
            11, "SP003", "`breakeven` is no key of `take_profit.steps[0]`",
            "it belongs at `stop_loss.breakeven`",
        ),
        (
            changed("type: buy", "type: long"),
            4, "SP003", "`position.type` is the text `long`; it must be buy or sell", None,
        ),
        (
            changed("order_type: limit\n", "order_type: Limit\n"),
            5, "SP003", "it must be market, limit or conditional", "did you mean `limit`?",
        ),
        (
            changed("enabled: true\n  order_type", "enabled: yes\n  order_type"),
            14, "SP003", "`stop_loss.enabled` is the text `yes`; it must be true or false",
            "write `true`; quotes around it are fine",
        ),
        (
            changed("units: {value: 0.01}", "units: 0.01"),
            6, "SP003", "`position.units` is `0.01`, not a mapping with `value`",
            "write `units: {value: 0.01}`",
        ),
        (
            changed("units: {value: 0.01}", "units: true"),
            6, "SP003", "`position.units` is `true`, not a mapping with `value`",
            "write `units: {value: 0.01}`",
        ),
        (
            changed("value: 60000", "value: '60,000'"),
            7, "SP003", "is the text `60,000`, not a positive decimal number", "write `60000`",
        ),
        (
            changed("value: 60000", "value: '0,5'"),
            7, "SP003", "`position.price.value`", "write `0.5`",
        ),
        (
            changed("value: 60000", "value: -5"),
            7, "SP003", "`position.price.value`: `-5` is not above zero", None,
        ),
        (
            changed("value: 60000", "value: 0.1234567890123456789"),
            7, "SP006", "more than 18 decimals", "the nearest with 8 is `0.12345679`",
        ),
        (
            changed("value: 60000", "value: '0.1234567890123456789'"),
            7, "SP006", "more than 18 decimals", "the nearest with 8 is `0.12345679`",
        ),
        (
            changed("  units: {value: 0.01}\n", ""),
            3, "SP003", "`units` is missing in `position`", "add `units: {value: 0.01}`",
        ),
        (
            changed("  price: {value: 60000}\n", ""),
            3, "SP203", "`price` is missing in `position`: a limit entry needs its limit price",
            "add `price: {value: 60000}`",
        ),
        (
            changed("volume: 50}\n    -", "volume: 40}\n    -"),
            10, "SP301", "the volumes add up to 90 (40 + 50): 10 is missing",
            "for instance, make the last `volume: 60`",
        ),
        (
            changed("value: 66000, type", "value: 66000, percent: 10, type"),
            11, "SP303", "has both `value` and `percent`", "keep one of them",
        ),
        (
            changed("value: 66000, type", "type"),
            11, "SP303", "has neither `value` nor `percent`", "add `value: 60000`",
        ),
        (
            changed("value: 55000", "percent: 5"),
            16, "SP304", "`percent` works only with a trailing entry", None,
        ),
        (
            changed("value: 55000, type: bid", "value: 55000"),
            16, "SP306", "`type` is missing in `stop_loss.conditional.price`", "add `type: bid`",
        ),
        (
            TRADE + "  timeout: {enabled: true, value: 0}\n",
            17, "SP309", "`stop_loss.timeout.value` is `0`, not a whole number of at least 1",
            "write `1`",
        ),
        (
            TRADE + "leverage: {enabled: true, value: 5}\n",
            17, "SP502", "`type` is missing in `leverage`", "add `type: isolated`",
        ),
        (
            TRADE + "lifecycle: {valid_until: 2026-12-31T00:00:00}\n",
            17, "SP104", "has no time zone", "for UTC write 2026-12-31T00:00:00Z",
        ),
        (
            TRADE + "lifecycle: {valid_until: 2026-02-30}\n",
            17, "SP104", "is no date and time", None,
        ),
        (
            changed("account: main", "account: 123"),
            1, "SP003", "`account` is `123`", "an id is written `account_id: 123`",
        ),
        (
            changed("account: main\n", "\n"),
            2, "SP003", "`account` is missing: a trade needs an account", "add `account: main`",
        ),
        (
            changed("account: main", "account: main\naccount_id: 1"),
            2, "SP003", "give either `account` or `account_id`", None,
        ),
        (
            changed("USDT_BTC", "BTC/USDT"),
            2, "SP107", "`pair` is the text `BTC/USDT`",
            "the quote currency comes first: `USDT_BTC`",
        ),
        (
            "instant: true\n" + changed("  enabled: true\n  steps", "  enabled: false\n  steps"),
            15, "SP201", "`stop_loss.enabled` does not fit here", None,
        ),
        ("trade: {a: {}}", 1, "SP003", "`trade` is no key of the file", "did you mean `trades`?"),
        ("- 1", 1, "SP003", "is a list", None),
        ("", 1, "SP003", "is empty", None),
        ("trades: {a: {pair: 5}}", 1, "SP107", "`pair` is `5`", None),
    ],
)  # fmt: skip
def test_the_cause_is_named_at_its_line_with_a_way_out(
    text: str, line: int, code: str, message: str, hint: str | None
) -> None:
    matching = [one for one in found_in(text) if one.code == code and message in one.message]
    assert [one.location.line for one in matching] == [line], found_in(text)
    assert hint is None or matching[0].hint == hint


@pytest.mark.parametrize(
    "text",
    [
        changed("stop_loss:", "stop_los:"),
        changed("units:", "unit:"),
        changed("value: 66000, type", "val: 66000, type"),
        changed("price: {value: 66000, type: bid}", "value: 66000, price: {type: bid}"),
        changed("order_type: limit\n", "order_type: limt\n"),
        changed("value: 60000", "value: 1e-30"),
        changed("steps:", "targets:"),
        changed("conditional:", "trigger:"),
    ],
)
def test_one_mistake_is_one_message(text: str) -> None:
    only(text)


def test_a_mistake_in_defaults_is_reported_once_where_it_stands() -> None:
    body = "{pair: USDT_BTC, position: {type: buy, order_type: market}}"
    text = (
        "defaults:\n  account: main\n  position: {units: {value: nothing}}\n"
        f"  take_profit: {{enabled: false}}\n  stop_loss: {{enabled: false}}\n"
        f"trades:\n  a: {body}\n  b: {body}\n"
    )
    found = only(text)
    assert found.location.line == 3
    assert "`position.units.value` is the text `nothing`" in found.message


def test_what_defaults_leave_open_is_asked_of_each_trade() -> None:
    text = (
        "defaults: {account: main, position: {type: buy}}\n"
        "trades:\n"
        "  a:\n    pair: USDT_BTC\n    instant: true\n"
        "    position: {order_type: market, units: {value: 1}}\n"
        "  b:\n    pair: USDT_BTC\n    instant: true\n    position: {order_type: market}\n"
    )
    found = only(text)
    assert (found.trade, found.location.line) == ("b", 10)
    assert found.path == ("trades", "b", "position")


def test_names_must_fit_the_marker() -> None:
    found = only(f"trades:\n  'BTC swing':\n    {TRADE.replace(chr(10), chr(10) + '    ')}")
    assert found.location.line == 2
    assert found.message.startswith("`BTC swing` is not a name")
    assert found.hint == "for instance `btc-swing`"


def test_a_name_inside_a_named_trade_is_refused() -> None:
    found = only(f"trades:\n  a:\n    name: b\n    {TRADE.replace(chr(10), chr(10) + '    ')}")
    assert (found.location.line, found.path) == (3, ("trades", "a", "name"))


def test_a_trade_that_cannot_be_read_does_not_stop_the_others() -> None:
    indented = TRADE.replace("\n", "\n    ")
    text = f"trades:\n  good:\n    {indented}\n  bad: {{pair: USDT_BTC}}\n"
    parsed = parse(text, "plans/p.yaml")
    assert parsed.document is not None
    assert [entry.name for entry in examine(parsed.document).fit] == ["good"]


def test_live_trades_with_a_cancelled_step_can_still_be_read() -> None:
    parsed = parse(changed("volume: 50}\n    -", "volume: 40}\n    -"), "plans/p.yaml")
    assert parsed.document is not None
    assert [entry.name for entry in examine(parsed.document).fit] == ["p"]


def test_no_advice_takes_a_stop_away() -> None:
    for text in (
        TRADE[: TRADE.index("stop_loss:")],
        TRADE[: TRADE.index("stop_loss:")] + "stop_loss: 55000\n",
        TRADE[: TRADE.index("stop_loss:")] + "stop_loss:\n",
    ):
        assert "enabled: true" in (only(text).hint or "")


@pytest.mark.parametrize(
    "text",
    [
        "trades:\n" + "".join(f"  a{number}: {{x: 1}}\n" for number in range(3000)),
        TRADE + "take_profits: {" + ", ".join(f"k{number}: 1" for number in range(3000)) + "}\n",
        "pair: USDT_BTC\n" + "".join(f"k{number}: 1\n" for number in range(3000)),
    ],
)
def test_a_plan_wrong_in_thousands_of_places_is_answered_briefly(text: str) -> None:
    assert 0 < len(found_in(text)) < 300


def test_trades_that_are_only_counted_are_not_read() -> None:
    text = "trades:\n" + "".join(f"  a{number}: {{x: 1}}\n" for number in range(300))
    parsed = parse(text, "plans/p.yaml")
    assert parsed.document is not None
    examined = examine(parsed.document)
    assert examined.fit == ()
    assert "more trades, from here on, do not fit the schema" in examined.findings[-1].message


def test_of_very_many_wrong_trades_the_first_are_explained_in_every_run() -> None:
    found = found_in("trades:\n" + "".join(f"  t{number}: x\n" for number in range(300)))
    assert [one.path[-1] for one in found] == [f"t{number}" for number in range(200)]
