from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from smartplan.errors import UsageError
from smartplan.settings import Environment
from smartplan.settings.environments import from_file
from smartplan.settings.toml import read_text
from smartplan.trade.policy import Limit, Policy, Strictness, read_policy

D = Decimal
EQUITY = "equity = {USDT = 10000, BTC = 0.5}"


def policy(toml: str, environment: Environment = "sandbox", equity: str = EQUITY) -> Policy:
    text = f"[risk]\n{equity}\n[policy]\n{dedent(toml)}"
    settings = from_file(read_text(text, Path("smartplan.toml")), environment)
    return read_policy(settings.policy, equity=settings.risk.equity, environment=environment)


def test_every_way_to_set_a_guard_rail() -> None:
    assert policy("""
        require_stop_loss = "hard"
        market_entry_needs_expect = true
        widen_risk = false
        freeze = true
        max_leverage = 5
        min_reward_risk = { limit = 1.5, level = "warn" }
        max_notional = { USDT = 1000.50 }
        max_notional_per_quote = { limit = { USDT = 5000, BTC = 0.1 }, level = "hard" }
        max_loss_at_stop = "1%"
        max_open_risk = { limit = "2.5 %", level = "hard" }
        allowed_pairs = ["USDT_*"]
        denied_pairs = { limit = [], level = "warn" }
        max_open_trades = 10
    """) == Policy(
        require_stop_loss=Strictness.HARD,
        market_entry_needs_expect=Strictness.SOFT,
        widen_risk=None,
        freeze=Strictness.HARD,
        fires_at_once=Strictness.ASK,
        max_leverage=Limit(D(5), Strictness.SOFT),
        min_reward_risk=Limit(D("1.5"), Strictness.WARN),
        max_notional=Limit({"USDT": D("1000.50")}, Strictness.SOFT),
        max_notional_per_quote=Limit({"USDT": D(5000), "BTC": D("0.1")}, Strictness.HARD),
        max_loss_at_stop=Limit({"USDT": D(100), "BTC": D("0.005")}, Strictness.SOFT),
        max_open_risk=Limit({"USDT": D(250), "BTC": D("0.0125")}, Strictness.HARD),
        allowed_pairs=Limit(("USDT_*",), Strictness.SOFT),
        denied_pairs=Limit((), Strictness.WARN),
        max_open_trades=Limit(10, Strictness.SOFT),
    )


def test_nothing_is_on_by_itself_but_fires_at_once() -> None:
    assert policy("") == Policy(fires_at_once=Strictness.ASK)
    assert policy("", "paper") == Policy(fires_at_once=Strictness.ASK)
    assert policy("", "real") == Policy(fires_at_once=Strictness.SOFT)
    assert policy("fires_at_once = false", "real") == Policy()


@pytest.mark.parametrize(
    ("toml", "message", "hint"),
    [
        ("max_leverge = 5", "`policy.max_leverge` is no guard rail", "mean `max_leverage`?"),
        ('max_leverage = "5"', "`policy.max_leverage` must be a number", ""),
        ("max_leverage = -1", "must be a finite number, not below 0", ""),
        ("max_leverage = nan", "must be a finite number", ""),
        ("max_leverage = true", "must be a number", ""),
        ("max_leverage = {limit = 5, level = 'loud'}", "must be a level", "warn, ask, soft, hard"),
        (
            "max_leverage = {limit = 5, lvl = 'hard'}",
            "max_leverage.lvl` is unknown here",
            "limit and level",
        ),
        ("require_stop_loss = 1", "must be true, false or a level", "warn, ask, soft, hard"),
        ("max_open_trades = 2.5", "must be a whole number", ""),
        ("max_notional = 1000", "must be an amount per quote currency", "USDT = 1000"),
        ("max_notional = {}", "must be an amount per quote currency", "USDT = 1000"),
        ("max_notional = {USDT = 'x'}", "`policy.max_notional.USDT` must be a number", ""),
        ("max_notional = '1000'", "is `1000`", '"2%"'),
        ("max_notional = {limit = 'all'}", "`policy.max_notional.limit` is `all`", ""),
        ("allowed_pairs = 'USDT_BTC'", "must be a list of pairs", "USDT_*"),
        ("allowed_pairs = [1]", "must be a list of pairs", "USDT_*"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_key(toml: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        policy(toml)
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")


def test_a_percentage_needs_an_equity() -> None:
    with pytest.raises(UsageError, match="a percentage of nothing"):
        policy('max_open_risk = "2%"', equity="")
