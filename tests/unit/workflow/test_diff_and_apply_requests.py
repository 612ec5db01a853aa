"""How many requests a diff takes: never one per trade."""

from decimal import Decimal

import pytest

from smartplan.api.client import SmartTradeClient
from smartplan.api.http import build_client
from smartplan.changes.changeset import Create, Unchanged
from smartplan.changes.permission import Permission
from smartplan.changes.reconcile.update import note_for
from smartplan.errors import RateLimited, Rejected, SafetyRefusal
from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
from smartplan.sandbox.app import create_app
from smartplan.sandbox.faults import Fault
from smartplan.settings import Credentials, Secret
from smartplan.trade.bodies import create_body
from smartplan.trade.fields import digests
from smartplan.workflow.diff_and_apply import carry_out
from smartplan.workflow.online_findings import beside_exchange, lint_online
from smartplan.workflow.reconciliation import compare
from tests.desks import URL, Desk

TOML = 'workspace = "desk"\nsince = 2026-11-22\n'
DEFAULTS = """\
defaults:
  account: main
  take_profit: {enabled: false}
  stop_loss: {enabled: false}
trades:
"""
RATES = "/ver1/accounts/currency_rates"
LEVERAGE = "/ver1/accounts/currency_rates_with_leverage_data"


def trade(name: str, pair: str, price: int, more: str = "") -> str:
    entry = f"type: buy, order_type: limit, units: {{value: 1}}, price: {{value: {price}}}"
    return f"  {name}: {{pair: {pair}, position: {{{entry}}}{more}}}\n"


@pytest.fixture
def desk(tmp_path) -> Desk:
    (tmp_path / "smartplan.toml").write_text(TOML, encoding="utf-8")
    return Desk(tmp_path)


def asked(desk: Desk) -> list[str]:
    return [path.partition("?")[0] for _, path in desk.requests({"GET", "POST"})]


def test_250_unchanged_trades_take_the_accounts_and_their_pages_twice(desk: Desk) -> None:
    names = [f"t{number}" for number in range(250)]
    desk.write("many.yaml", DEFAULTS + "".join(trade(name, "USDT_SOL", 100) for name in names))
    for planned in desk.check().trades:
        note = note_for(planned, "desk", digests(planned.trade))
        desk.exchange.create(create_body(planned.trade, note))
    desk.pause(5)
    changeset = desk.diff()
    assert changeset.count(Unchanged) == 250
    assert asked(desk) == ["/ver1/accounts", *["/v2/smart_trades"] * 2 * (3 + 1)]


def test_three_creates_on_two_pairs_ask_for_two_rates(desk: Desk) -> None:
    plan = trade("a", "USDT_SOL", 140) + trade("b", "USDT_ETH", 2400) + trade("c", "USDT_SOL", 130)
    desk.write("three.yaml", DEFAULTS + plan)
    checked = desk.check()
    with desk.session() as session:
        changeset = compare(checked, session)
        assert beside_exchange(checked, changeset, session).findings == ()
    assert changeset.count(Create) == 3
    assert [path for path in asked(desk) if "rates" in path] == [RATES, RATES]


def test_an_apply_asks_for_the_market_once(desk: Desk) -> None:
    desk.write("one.yaml", DEFAULTS + trade("a", "USDT_SOL", 140))
    desk.apply()
    assert asked(desk).count(RATES) == 1


def _confirmed_after(desk: Desk, seconds: int, meanwhile=lambda: None):
    """Diff, a person who takes so long to say yes, and the work."""
    checked = desk.check()
    with desk.session() as session:
        confirmed = compare(checked, session)
        desk.pause(seconds)
        meanwhile()
        return carry_out(checked, Permission(confirmed), session)


@pytest.mark.parametrize(("seconds", "times"), [(30, 1), (31, 2), (-60, 2)])
def test_prices_are_asked_for_again_after_a_long_confirmation(
    desk: Desk, seconds: int, times: int
) -> None:
    desk.write("one.yaml", DEFAULTS + trade("a", "USDT_SOL", 140))
    _confirmed_after(desk, seconds)
    assert asked(desk).count(RATES) == times


def test_a_market_that_left_what_was_expected_before_the_confirmation_opens_nothing(
    desk: Desk,
) -> None:
    expect = ", lifecycle: {expect: {price: 140, within: 5}}"
    desk.write("one.yaml", DEFAULTS + trade("a", "USDT_SOL", 140, expect))
    desk.exchange.tick("USDT_SOL", Decimal(141))
    with pytest.raises(SafetyRefusal, match="has changed since the diff was shown"):
        _confirmed_after(desk, 300, lambda: desk.exchange.tick("USDT_SOL", Decimal(150)))
    assert "POST" not in [method for method, _ in desk.requests()]


def test_a_price_that_now_fires_a_stop_at_once_is_refused_after_the_confirmation(
    desk: Desk,
) -> None:
    stop = "{enabled: true, order_type: market, conditional: {price: {value: 130, type: bid}}}"
    entry = "{type: buy, order_type: market, units: {value: 1}}"
    plan = DEFAULTS + f"  a: {{pair: USDT_SOL, position: {entry}, stop_loss: {stop}}}\n"
    desk.write("one.yaml", plan)
    (desk.root / "smartplan.toml").write_text(TOML + '[policy]\nfires_at_once = "hard"\n')
    desk.exchange.tick("USDT_SOL", Decimal(141))
    with pytest.raises(SafetyRefusal, match="nothing was done"):
        _confirmed_after(desk, 300, lambda: desk.exchange.tick("USDT_SOL", Decimal(120)))


def test_one_pair_with_and_without_leverage_is_asked_for_once(desk: Desk) -> None:
    plan = trade("plain", "USDT_SOL", 140, ", account: futures")
    plan += trade(
        "geared",
        "USDT_SOL",
        130,
        ", account: futures, leverage: {enabled: true, type: cross, value: 200}",
    )
    desk.write("two.yaml", DEFAULTS + plan)
    with desk.session() as session:
        found = lint_online(desk.check(), session).findings
    assert [finding.trade for finding in found if finding.code == "SP707"] == ["geared"]
    assert [path for path in asked(desk) if "rates" in path] == [LEVERAGE]


def test_the_accounts_and_the_rates_are_all_that_online_lint_asks(desk: Desk) -> None:
    desk.write("two.yaml", DEFAULTS + trade("a", "USDT_SOL", 140) + trade("b", "USDT_SOLL", 140))
    with desk.session() as session:
        found = lint_online(desk.check(), session).findings
    assert [finding.trade for finding in found if finding.code == "SP701"] == ["b"]
    assert asked(desk) == ["/ver1/accounts", RATES, RATES]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(status=403, path=RATES), Rejected),
        (Fault(status=429, retry_after=7, path=RATES), RateLimited),
    ],
)
def test_a_refusal_is_not_taken_for_an_unknown_pair(tmp_path, fault: Fault, error) -> None:
    (tmp_path / "smartplan.toml").write_text(TOML, encoding="utf-8")
    desk = Desk(tmp_path)
    app = create_app(desk.exchange, faults=[fault])
    credentials = Credentials(Secret(SANDBOX_KEY), Secret(SANDBOX_SECRET))
    desk.client = SmartTradeClient(build_client(URL, credentials, app=app))
    desk.write("one.yaml", DEFAULTS + trade("a", "USDT_SOL", 140))
    with pytest.raises(error):
        desk.diff()
