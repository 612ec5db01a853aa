"""How many requests a diff takes: never one per trade."""

import pytest

from smartplan.changes.changeset import Create, Unchanged
from smartplan.changes.permission import Permission
from smartplan.errors import RateLimited, Rejected, SafetyRefusal
from smartplan.sandbox.faults import Fault
from smartplan.trade.bodies import create_body
from smartplan.trade.fields import digests
from smartplan.trade.marker import note_for
from smartplan.workflow.diff_and_apply import carry_out
from smartplan.workflow.online_findings import beside_exchange, lint_online
from smartplan.workflow.reconciliation import compare
from tests.workspace import Workspace

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
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path)


def asked(workspace: Workspace) -> list[str]:
    return [path.partition("?")[0] for _, path in workspace.requests({"GET", "POST"})]


def test_250_unchanged_trades_take_the_accounts_and_their_pages_twice(workspace: Workspace) -> None:
    names = [f"t{number}" for number in range(250)]
    workspace.plan("many", DEFAULTS + "".join(trade(name, "USDT_SOL", 100) for name in names))
    for planned in workspace.check().trades:
        note = note_for(planned, "desk", digests(planned.trade))
        workspace.exchange.create(create_body(planned.trade, note))
    workspace.pause(5)
    changeset = workspace.diff()
    assert changeset.count(Unchanged) == 250
    assert asked(workspace) == ["/ver1/accounts", *["/v2/smart_trades"] * 2 * (3 + 1)]


def test_three_creates_on_two_pairs_ask_for_two_rates(workspace: Workspace) -> None:
    plan = trade("a", "USDT_SOL", 140) + trade("b", "USDT_ETH", 2400) + trade("c", "USDT_SOL", 130)
    workspace.plan("three", DEFAULTS + plan)
    checked = workspace.check()
    with workspace.session() as session:
        changeset = compare(checked, session)
        assert beside_exchange(checked, changeset, session).findings == ()
    assert changeset.count(Create) == 3
    assert [path for path in asked(workspace) if "rates" in path] == [RATES, RATES]


def test_an_apply_asks_for_the_market_once(workspace: Workspace) -> None:
    workspace.plan("one", DEFAULTS + trade("a", "USDT_SOL", 140))
    workspace.apply()
    assert asked(workspace).count(RATES) == 1


def _confirmed_after(workspace: Workspace, seconds: int, meanwhile=lambda: None):
    """Diff, a person who takes so long to say yes, and the work."""
    checked = workspace.check()
    with workspace.session() as session:
        confirmed = compare(checked, session)
        workspace.pause(seconds)
        meanwhile()
        return carry_out(checked, Permission(confirmed), session)


@pytest.mark.parametrize(("seconds", "times"), [(30, 1), (31, 2), (-60, 2)])
def test_prices_are_asked_for_again_after_a_long_confirmation(
    workspace: Workspace, seconds: int, times: int
) -> None:
    workspace.plan("one", DEFAULTS + trade("a", "USDT_SOL", 140))
    _confirmed_after(workspace, seconds)
    assert asked(workspace).count(RATES) == times


def test_a_market_that_left_what_was_expected_before_the_confirmation_opens_nothing(
    workspace: Workspace,
) -> None:
    expect = ", lifecycle: {expect: {price: 140, within: 5}}"
    workspace.plan("one", DEFAULTS + trade("a", "USDT_SOL", 140, expect))
    workspace.tick("USDT_SOL", "141")
    with pytest.raises(SafetyRefusal, match="has changed since the diff was shown"):
        _confirmed_after(workspace, 300, lambda: workspace.tick("USDT_SOL", "150"))
    assert "POST" not in [method for method, _ in workspace.requests()]


def test_a_price_that_now_fires_a_stop_at_once_is_refused_after_the_confirmation(
    workspace: Workspace,
) -> None:
    stop = "{enabled: true, order_type: market, conditional: {price: {value: 130, type: bid}}}"
    entry = "{type: buy, order_type: market, units: {value: 1}}"
    plan = DEFAULTS + f"  a: {{pair: USDT_SOL, position: {entry}, stop_loss: {stop}}}\n"
    workspace.plan("one", plan)
    workspace.configure('[policy]\nfires_at_once = "hard"')
    workspace.tick("USDT_SOL", "141")
    with pytest.raises(SafetyRefusal, match="nothing was done"):
        _confirmed_after(workspace, 300, lambda: workspace.tick("USDT_SOL", "120"))


def test_one_pair_with_and_without_leverage_is_asked_for_once(workspace: Workspace) -> None:
    plan = trade("plain", "USDT_SOL", 140, ", account: futures")
    plan += trade(
        "geared",
        "USDT_SOL",
        130,
        ", account: futures, leverage: {enabled: true, type: cross, value: 200}",
    )
    workspace.plan("two", DEFAULTS + plan)
    with workspace.session() as session:
        found = lint_online(workspace.check(), session).findings
    assert [finding.trade for finding in found if finding.code == "SP707"] == ["geared"]
    assert [path for path in asked(workspace) if "rates" in path] == [LEVERAGE]


def test_the_accounts_and_the_rates_are_all_that_online_lint_asks(workspace: Workspace) -> None:
    workspace.plan("two", DEFAULTS + trade("a", "USDT_SOL", 140) + trade("b", "USDT_SOLL", 140))
    with workspace.session() as session:
        found = lint_online(workspace.check(), session).findings
    assert [finding.trade for finding in found if finding.code == "SP701"] == ["b"]
    assert asked(workspace) == ["/ver1/accounts", RATES, RATES]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(status=403, path=RATES), Rejected),
        (Fault(status=429, retry_after=7, path=RATES), RateLimited),
    ],
)
def test_a_refusal_is_not_taken_for_an_unknown_pair(tmp_path, fault: Fault, error) -> None:
    workspace = Workspace(tmp_path)
    workspace.client = workspace.client_of(fault)
    workspace.plan("one", DEFAULTS + trade("a", "USDT_SOL", 140))
    with pytest.raises(error):
        workspace.diff()
