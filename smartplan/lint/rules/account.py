"""SP8: what the account can do. Silent offline."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from smartplan.diagnostics import Path, Severity
from smartplan.document.scalars import number_text
from smartplan.lint.context import Context
from smartplan.lint.registry import Problem, rule, workspace_rule
from smartplan.trade.model import State
from smartplan.trade.parse import PlannedTrade

if TYPE_CHECKING:
    from smartplan.api.entities import Account

_FUTURES = frozenset({"futures", "contract", "contracts", "swap", "perpetual"})


def _place(trade: PlannedTrade) -> Path:
    return ("account",) if "account" in trade.body else ("account_id",)


def _account(trade: PlannedTrade, context: Context) -> "Account | None":
    if context.known_accounts is None:
        return None
    return context.known_accounts.get(trade.trade.account_id)


def _spot_only(account: "Account") -> bool:
    kinds = {kind.lower() for kind in account.supported_market_types}
    return bool(kinds) and not kinds & _FUTURES


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
    if context.known_accounts is None:
        return
    account, place = _account(trade, context), _place(trade)
    number = trade.trade.account_id
    if account is None:
        hint = "correct smartplan.toml, or use the key that owns it"
        yield Problem(place, f"account {number} is none of this API key's", hint)
        return
    if account.is_locked:
        yield Problem(place, f"account {number} is locked", "unlock it on the exchange's page")
    if account.api_keys_state not in {None, "ok", "valid", "active"}:
        message = f"the exchange keys of account {number} are {account.api_keys_state}"
        yield Problem(place, message, "renew them in the account's settings")
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
    account, plan = _account(trade, context), trade.trade
    if account is None:
        return
    if plan.leverage is not None and _spot_only(account):
        message = "leverage on an account without futures: the service drops it"
        hint = "remove `leverage`, or use a futures account"
        yield Problem(("leverage",), message, hint, Severity.WARNING, key=True)
    kind = plan.position.order_type
    supported = {
        "conditional": account.conditional_buy_supported,
        "market": account.market_buy_supported,
    }
    if supported.get(kind) is False and not plan.skip_enter_step:
        message = f"account {plan.account_id} supports no {kind} entries"
        yield Problem(("position", "order_type"), message, "enter with a limit order")


@workspace_rule("SP803", Severity.WARNING, "practice")
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
    seen: dict[tuple[int, str], list[PlannedTrade]] = defaultdict(list)
    for trade in trades:
        account = _account(trade, context)
        if account is None or _spot_only(account) or account.hedge_mode_enabled is not False:
            continue
        if trade.trade.instant or trade.lifecycle.state is not State.OPEN:
            continue
        key = (trade.trade.account_id, trade.trade.pair)
        for other in seen[key]:
            if problem := _conflict(trade, other):
                yield trade, problem
                break
        seen[key].append(trade)


def _conflict(trade: PlannedTrade, other: PlannedTrade) -> Problem | None:
    mine, theirs = trade.trade, other.trade
    pair = mine.pair
    if mine.side is not theirs.side:
        message = f"{mine.side} on {pair}, where {other.name} is {theirs.side}, without hedge mode"
        return Problem(("position", "type"), message, "switch hedge mode on, or keep one side")
    one, two = (t.leverage.value if t.leverage else None for t in (mine, theirs))
    if one is not None and two is not None and one != two:
        message = f"leverage {number_text(one)} on {pair}, where {other.name} has "
        hint = "one leverage per pair without hedge mode"
        return Problem(("leverage", "value"), message + number_text(two), hint)
    return None
