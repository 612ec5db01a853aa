"""SP8: what the account can do."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from smartplan.diagnostics import Path, Severity
from smartplan.document.scalars import number_text
from smartplan.lint.context import Context
from smartplan.lint.registry import Problem, rule, workspace_rule
from smartplan.trade.model import Side, State
from smartplan.trade.parse import PlannedTrade

_BROKEN_KEYS = frozenset({"invalid", "expired"})


def _place(trade: PlannedTrade) -> Path:
    return ("account",) if "account" in trade.body else ("account_id",)


@rule("SP801", Severity.ERROR, "documented")
def account_unusable(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """The account is unknown, locked, without valid keys or smart trading, or of the wrong kind.

    Why:
        The service refuses every order on it. The kind matters most: a plan for paper must never
        reach real money.

    Bad:
        account: main     # in [environments.paper.accounts], but a real one

    Good:
        account: main     # a paper trading account
    """
    account, place = context.account(trade.trade), _place(trade)
    number = trade.trade.account_id
    if account is None:
        hint = "correct smartplan.toml, or use the key that owns it"
        yield Problem(place, f"account {number} is none of this API key's", hint)
        return
    if account.is_locked:
        yield Problem(place, f"account {number} is locked", "unlock it on the exchange's page")
    if not account.keys_work:
        message = f"the exchange keys of account {number} are {account.api_keys_state}"
        # Nobody lists all the words the service may say here: one we do not know stops nothing.
        severity = None if account.api_keys_state in _BROKEN_KEYS else Severity.WARNING
        yield Problem(place, message, "renew them in the account's settings", severity)
    if account.smart_trading_supported is False:
        yield Problem(place, f"account {number} supports no smart trades", "choose another account")
    if context.environment == "paper" and not account.is_paper:
        yield Problem(place, f"account {number} is real money, the environment is paper")
    if context.environment == "real" and account.is_paper:
        yield Problem(place, f"account {number} is paper trading, the environment is real")


@rule("SP802", Severity.ERROR, "documented")
def account_cannot(trade: PlannedTrade, context: Context) -> Iterator[Problem]:
    """An entry the account does not support, or (warning) leverage on an account without futures.

    Why:
        The service drops leverage on a spot account without a word; the other orders it refuses.

    Bad:
        account: main     # spot
        leverage: {enabled: true, type: isolated, value: 5}

    Good:
        account: futures
        leverage: {enabled: true, type: isolated, value: 5}
    """
    account, plan = context.account(trade.trade), trade.trade
    if account is None:
        return
    if plan.leverage is not None and account.futures is False:
        message = "leverage on an account without futures: the service drops it"
        hint = "remove `leverage`, or use a futures account"
        yield Problem(("leverage",), message, hint, Severity.WARNING, key=True)
    if plan.skip_enter_step or plan.side is Side.SHORT:
        return  # the service tells of buying only
    kind = plan.position.order_type
    supported = {
        "conditional": account.conditional_buy_supported,
        "market": account.market_buy_supported,
    }
    if supported.get(kind) is False:
        message = f"account {plan.account_id} supports no {kind} entries"
        yield Problem(("position", "order_type"), message, "enter with a limit order")


_Stand = tuple[Side, Decimal | None]


def _one_position(trade: PlannedTrade, context: Context) -> tuple[int, str] | None:
    """The account and pair of a trade that shares one position with all others there."""
    plan, account = trade.trade, context.account(trade.trade)
    if account is None or account.hedge_mode_enabled is not False or plan.instant:
        return None
    futures = plan.leverage is not None if account.futures is None else account.futures
    shares = futures and trade.lifecycle.state is State.OPEN
    return (plan.account_id, plan.pair) if shares else None


@workspace_rule("SP803", Severity.WARNING, "practice", grouped_by=_one_position)
def hedge_conflict(
    trades: Sequence[PlannedTrade], context: Context
) -> Iterator[tuple[PlannedTrade, Problem]]:
    """Opposite sides, or different leverage, on one futures pair without hedge mode.

    Why:
        Without hedge mode a pair has one position: the second trade reduces the first instead of
        opening its own, or changes its leverage.

    Bad:
        # two trades of one futures account and pair
        position: {type: buy}
        position: {type: sell}

    Good:
        # hedge mode on the account, or one side at a time
        position: {type: buy}
    """
    seen: dict[tuple[int, str], dict[_Stand, PlannedTrade]] = defaultdict(dict)
    for trade in trades:
        if (pair := _one_position(trade, context)) is None:
            continue
        for other in seen[pair].values():
            if problem := _conflict(trade, other):
                yield trade, problem
                break
        seen[pair].setdefault((trade.trade.side, _leverage(trade)), trade)


def _leverage(trade: PlannedTrade) -> Decimal | None:
    leverage = trade.trade.leverage
    return leverage.value if leverage is not None else None


def _conflict(trade: PlannedTrade, other: PlannedTrade) -> Problem | None:
    mine, theirs, pair = trade.trade.side, other.trade.side, trade.trade.pair
    if mine is not theirs:
        message = f"{mine} on {pair}, where {other.name} is {theirs}, without hedge mode"
        return Problem(("position", "type"), message, "switch hedge mode on, or keep one side")
    one, two = _leverage(trade), _leverage(other)
    if one is not None and two is not None and one != two:
        message = f"leverage {number_text(one)} on {pair}, where {other.name} has "
        hint = "one leverage per pair without hedge mode"
        return Problem(("leverage", "value"), message + number_text(two), hint)
    return None
