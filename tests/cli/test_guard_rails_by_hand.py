"""Guard rails and `freeze` bind by hand, too, where a risk is enlarged; nothing else is held up."""

import json

import pytest

from tests.bodies import LONG
from tests.cli.guard_rails import EXCUSE, overrides, policy
from tests.workspace import Ran, Workspace

OTHER = LONG | {"pair": "USDT_ETH", "position": LONG["position"] | {
    "units": {"value": "0.1"}, "price": {"value": "2400"}}, "take_profit": {"enabled": False},
    "stop_loss": LONG["stop_loss"] | {"conditional": {"price": {"value": "2000", "type": "bid"}}},
}  # fmt: skip


def hand(workspace: Workspace, *words: str) -> Ran:
    return workspace.run("trade", *words, "--yes")


@pytest.fixture
def held(workspace: Workspace) -> Workspace:
    """0.01 BTC bought at 60000, its stop at 55000: about 50 USDT to lose."""
    workspace.open(LONG, name="btc", filled=True)
    workspace.tick("USDT_BTC", "61000")
    return workspace


@pytest.fixture
def waiting(workspace: Workspace) -> Workspace:
    workspace.open(LONG, name="btc")
    workspace.tick("USDT_BTC", "61000")
    return workspace


def as_it_was(workspace: Workspace) -> str:
    return json.dumps(
        [
            {key: trade[key] for key in ("status", "position", "stop_loss", "take_profit")}
            for trade in workspace.exchange.list_trades({"status": "all"})
        ],
        default=str,
    )


def refused(workspace: Workspace, why: str, *words: str) -> Ran:
    before = as_it_was(workspace)
    ran = hand(workspace, *words)
    assert ran.code == 5, ran.out + ran.err
    assert why in ran.err
    assert as_it_was(workspace) == before
    assert "intent" not in workspace.run("history", "--format", "csv").out
    return ran


ENLARGING = [
    ("add-funds", "btc", "0.01"),
    ("move-stop", "btc", "50000"),
    ("cancel", "btc", "--leave-position"),
]


@pytest.mark.parametrize("words", ENLARGING, ids=lambda words: words[0])
def test_freeze_stops_what_enlarges_a_position(held: Workspace, words: tuple[str, ...]) -> None:
    policy(held, "freeze = true\n")
    ran = refused(held, "freeze is set", *words)
    assert "freeze is a hard guard rail" in ran.err
    refused(held, "freeze is set", *words, "--override", "freeze", *EXCUSE)


def test_freeze_stops_a_forced_entry(waiting: Workspace) -> None:
    policy(waiting, "freeze = true\n")
    refused(waiting, "freeze is set", "force-start", "btc")


def test_freeze_stops_the_cancelling_of_a_stop_order(held: Workspace) -> None:
    listed = json.loads(held.run("trade", "orders", "btc", "--format", "json").out)
    (stop,) = [order["id"] for order in listed if order["trade_purpose"] == "stop_loss"]
    policy(held, "freeze = true\n")
    ran = refused(held, "freeze is set", "cancel-order", "btc", str(stop))
    assert "⚠ widens risk" in ran.out


@pytest.mark.parametrize(
    "words",
    [
        ("move-stop", "btc", "57000"),
        ("reduce-funds", "btc", "0.001"),
        ("close", "btc"),
        ("note", "btc", "seen"),
        ("force-process", "btc"),
    ],
    ids=lambda words: words[0],
)
def test_what_reduces_a_risk_is_never_held_up(held: Workspace, words: tuple[str, ...]) -> None:
    limits = "{limit = {USDT = 0}, level = 'hard'}"
    policy(held, f"freeze = true\nmax_notional = {limits}\nmax_loss_at_stop = {limits}\n"
                 f"max_open_risk = {limits}\nmax_open_trades = {{limit = 0, level = 'hard'}}\n"
                 'denied_pairs = {limit = ["USDT_BTC"], level = "hard"}\n')  # fmt: skip
    ran = hand(held, *words)
    assert ran.code == 0, ran.out + ran.err


def test_a_target_closes_and_everything_ends_under_freeze(held: Workspace) -> None:
    policy(held, "freeze = true\n")
    listed = json.loads(held.run("trade", "orders", "btc", "--format", "json").out)
    target = next(order["id"] for order in listed if order["trade_purpose"] == "take_profit")
    assert hand(held, "close-order", "btc", str(target)).code == 0
    assert held.run("close-all", "--confirm", "desk").code == 0


def test_a_waiting_entry_is_cancelled_under_freeze(waiting: Workspace) -> None:
    policy(waiting, "freeze = true\n")
    assert hand(waiting, "cancel", "btc").code == 0


@pytest.mark.parametrize(
    ("rail", "words", "why"),
    [
        # 0.02 held, 610 USDT each at the ask or at 60000: about 1210 together
        ("max_notional = {USDT = 1000}", ENLARGING[0], "is above max_notional 1000 USDT"),
        ("max_loss_at_stop = {USDT = 60}", ENLARGING[0], "is above max_loss_at_stop 60 USDT"),
        ("max_loss_at_stop = {USDT = 60}", ENLARGING[1], "is above max_loss_at_stop 60 USDT"),
        ("max_loss_at_stop = {USDT = 60}", ENLARGING[2], "the loss is unbounded"),
        ("require_stop_loss = true", ENLARGING[2], "require_stop_loss is set"),
        ("max_open_risk = {USDT = 60}", ENLARGING[1], "is above max_open_risk 60 USDT"),
        ("max_notional_per_quote = {USDT = 1000}", ENLARGING[0], "max_notional_per_quote 1000"),
        ('denied_pairs = ["USDT_BTC"]', ENLARGING[0], "USDT_BTC is a denied pair"),
        ('allowed_pairs = ["USDT_ETH"]', ENLARGING[0], "none of the allowed pairs"),
        ("min_reward_risk = 2", ENLARGING[1], "below min_reward_risk 2"),
        ("widen_risk = true", ENLARGING[1], "its risk is widened"),
        ("widen_risk = true", ENLARGING[0], "its risk is widened"),
    ],
)
def test_the_limits_of_the_policy_hold_by_hand(
    held: Workspace, rail: str, words: tuple[str, ...], why: str
) -> None:
    policy(held, f"{rail}\n")
    refused(held, why, *words)
    rule = rail.partition(" ")[0]
    ran = hand(held, *words, "--override", rule, *EXCUSE)
    assert ran.code == 0, ran.out + ran.err
    (event,) = overrides(held)
    assert (event["data"]["rule"], event["data"]["reason"]) == (rule, EXCUSE[1])


def test_an_override_by_hand_may_name_its_trade_and_no_other(held: Workspace) -> None:
    policy(held, "max_notional = {USDT = 1000}\n")
    refused(held, "max_notional", *ENLARGING[0], "--override", "max_notional:eth", *EXCUSE)
    named = ("--override", "max_notional:btc", *EXCUSE)
    assert hand(held, *ENLARGING[0], *named).code == 0
    assert [event["name"] for event in overrides(held, "btc")] == ["btc"]


def test_an_override_by_hand_needs_a_reason(held: Workspace) -> None:
    assert hand(held, *ENLARGING[0], "--override", "freeze").code == 2


def test_the_other_open_trades_count(held: Workspace) -> None:
    """40 USDT at risk in ETH, about 50 in BTC, about 100 once its stop is at 50000."""
    held.open(OTHER, name="eth")
    policy(held, "max_open_risk = {USDT = 130}\n")
    refused(held, "loss at stop of all trades", *ENLARGING[1])
    policy(held, "max_open_risk = {USDT = 160}\n")
    assert hand(held, *ENLARGING[1]).code == 0


def test_a_forced_entry_that_its_stop_would_sell_at_once(waiting: Workspace) -> None:
    """It would be bought above 65000 with a stop at 61500; the market is at 61000."""
    trigger = {"price": {"value": "65000", "type": "ask"}, "order_type": "market"}
    entry = {"type": "buy", "order_type": "conditional", "units": {"value": "0.01"}}
    stop = {"price": {"value": "61500", "type": "bid"}}
    body = LONG | {
        "position": entry | {"conditional": trigger},
        "take_profit": {"enabled": False},
        "stop_loss": LONG["stop_loss"] | {"conditional": stop},
    }
    waiting.open(body, name="up")
    ran = refused(waiting, "the stop loss at 61500 would fire at once", "force-start", "up")
    assert "--override fires_at_once --reason TEXT" in ran.err
    policy(waiting, 'fires_at_once = "hard"\n')
    refused(waiting, "fires_at_once is a hard", "force-start", "up")
    policy(waiting, "fires_at_once = false\n")
    assert hand(waiting, "force-start", "up").code == 0


def test_leverage_above_the_limit_takes_no_more_funds(workspace: Workspace) -> None:
    geared = LONG | {"account_id": 2, "leverage": {
        "enabled": True, "type": "isolated", "value": "10"}}  # fmt: skip
    workspace.open(geared, name="perp", filled=True)
    policy(workspace, "max_leverage = {limit = 5, level = 'hard'}\n")
    refused(workspace, "leverage 10 is above max_leverage 5", "add-funds", "perp", "0.01")
    assert hand(workspace, "move-stop", "perp", "56000").code == 0


def test_what_cannot_be_computed_fails_closed(held: Workspace) -> None:
    policy(held, "max_notional = {USDT = 100000}\n[risk]\ncontracts = ['main']\n")
    refused(held, "max_notional cannot be judged", *ENLARGING[0])


def test_a_warning_is_shown_and_stops_nothing(held: Workspace) -> None:
    policy(held, 'max_notional = {limit = {USDT = 1000}, level = "warn"}\n')
    ran = hand(held, *ENLARGING[0])
    assert ran.code == 0
    assert "(max_notional: warning)" in ran.out
