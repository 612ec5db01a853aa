"""``doctor --conformance``: the whole check, whatever comes in between, and its record."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from msgspec.structs import replace

from smartplan.api.conformance import ConformanceReport, Tested, Verdict, completed, held
from smartplan.api.entities import Account, Rates
from smartplan.changes import guards
from smartplan.errors import Interrupted, RateLimited, Rejected, SmartplanError, UsageError
from smartplan.trade.contract import Contract
from smartplan.trade.model import Leverage, Position, Trade
from smartplan.workflow.conformance.filled import filled_trade
from smartplan.workflow.conformance.lab import Lab, NotOnPaper, grid_of
from smartplan.workflow.conformance.meter import Meter
from smartplan.workflow.conformance.recording import redacted
from smartplan.workflow.conformance.refused import refused_create
from smartplan.workflow.conformance.service import lists, signing
from smartplan.workflow.conformance.waiting import waiting_trade
from smartplan.workflow.reconciliation import contract_of
from smartplan.workflow.session import Session, says_no_such_pair

PARTS: tuple[Callable[[Lab], Iterator[Tested]], ...] = (
    refused_create,
    waiting_trade,
    filled_trade,
    lists,
    signing,
)
_NOT_ASKED = "this check does not ask for it"


def allowed_on(environment: str) -> None:
    """Raises ``UsageError`` where a check would move money."""
    if environment == "real":
        raise UsageError(
            "the check opens and ends trades: it is never made with real money",
            hint="smartplan doctor --conformance --env paper",
        )


def lab_on(session: Session, alias: str | None, pair: str, interrupted: Callable[[], bool]) -> Lab:
    """What the check would work with. Raises ``UsageError`` and ``SafetyRefusal``."""
    allowed_on(session.settings.environment)
    account = _account(session, alias)
    ask = session.client.rates_with_leverage if account.futures else session.client.rates
    try:
        rates = ask(account.market_code or "", pair)
    except Rejected as error:
        if not says_no_such_pair(error):
            raise
        raise UsageError(
            f"there is no pair {pair} on {account.name}",
            hint="name one as the service does, such as --pair USDT_BTC",
        ) from error
    meter = Meter(session.client.transport, interrupted)
    meter.used = 2
    contract = _contract(session, account, pair, rates)
    grid, token = grid_of(rates, contract), f"conformance-{session.run[:8]}"
    return Lab(session, meter, account, pair, grid, token, contract)


def _contract(session: Session, account: Account, pair: str, rates: Rates) -> Contract:
    """What a unit of the pair is taken for, before any trade has said it."""
    geared = Leverage(type="isolated", value=Decimal(2)) if account.futures else None
    position = Position(type="buy", order_type="market", units=Decimal(1))
    trade = Trade(account_id=account.id, pair=pair, position=position, leverage=geared)
    return contract_of(session.settings, trade, rates)


def _account(session: Session, alias: str | None) -> Account:
    accounts: Mapping[str, int] = session.settings.accounts
    if alias is None:
        alias = next(iter(accounts), "")
    if alias not in accounts:
        known = ", ".join(accounts) or "none"
        raise UsageError(f"there is no account {alias}", hint=f"accounts here: {known}")
    number = accounts[alias]
    guards.accounts_fit(session.settings.environment, {alias: number}, session.accounts)
    account = session.accounts[number]
    if not account.is_paper:
        raise UsageError(f"{alias} ({number}) is not paper trading: nothing is opened there")
    return account


def checked(lab: Lab) -> ConformanceReport:
    """Make the check, end all that it opened, and write down what was found."""
    session = lab.session
    session.journal.started("doctor --conformance", {})
    rows: list[Tested] = []
    stopped: str = ""
    for part in PARTS:
        try:
            rows.extend(part(lab))
        except (KeyboardInterrupt, Interrupted):
            stopped = "interrupted"
            break
        except SmartplanError as error:
            stopped = f"{part.__name__}: {error}"
            if isinstance(error, RateLimited):
                rows.append(_too_many(lab, error))
            if isinstance(error, RateLimited | NotOnPaper):
                break
    try:
        left = lab.end_all()
    except KeyboardInterrupt:
        left = tuple(set(lab.opened) - lab.over)
        stopped = "interrupted"
    report = ConformanceReport(
        environment=session.settings.environment,
        at=session.now(),
        rows=completed(rows, stopped or _NOT_ASKED),
        requests=lab.meter.used,
        opened=len(lab.opened),
        left_open=left,
        unknown=lab.unknown,
        stopped=stopped,
        recording=redacted(lab.meter.recording, session.settings.workspace, lab.opened),
    )
    try:
        session.journal.tested(_verdicts(report), report.requests)
    except SmartplanError as error:
        return replace(report, stopped=f"{stopped or 'all was asked'}, but not recorded: {error}")
    return report


def _too_many(lab: Lab, error: RateLimited) -> Tested:
    """Undecided: what other programs send with the same key counts as well."""
    sent = f"{error.status} after {lab.meter.used} requests of this check"
    return held("A25", None, f"{sent}: fewer are allowed, or others use the key")


def _verdicts(report: ConformanceReport) -> dict[str, str]:
    """What was tested: what was not leaves an earlier verdict as it is."""
    return {
        row.assumption: row.verdict.value
        for row in report.rows
        if row.assumption and row.verdict is not Verdict.UNTESTED
    }
