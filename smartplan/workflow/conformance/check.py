"""``doctor --conformance``: the whole check, whatever comes in between, and its record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from smartplan.api.conformance import ConformanceReport, Tested, Verdict, completed
from smartplan.api.entities import Account
from smartplan.changes import guards
from smartplan.errors import Interrupted, RateLimited, Rejected, SmartplanError, UsageError
from smartplan.workflow.conformance.filled import filled_trade
from smartplan.workflow.conformance.lab import Lab, grid_of
from smartplan.workflow.conformance.meter import Meter
from smartplan.workflow.conformance.recording import redacted
from smartplan.workflow.conformance.service import lists, signing
from smartplan.workflow.conformance.waiting import waiting_trade
from smartplan.workflow.session import Session

PARTS: tuple[Callable[[Lab], Iterator[Tested]], ...] = (
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


_UNKNOWN_PAIR = {400, 404}
"""What the service answers for a pair it does not have: documented, and as the sandbox does."""


def lab_on(session: Session, alias: str | None, pair: str, interrupted: Callable[[], bool]) -> Lab:
    """What the check would work with. Raises ``UsageError`` and ``SafetyRefusal``."""
    allowed_on(session.settings.environment)
    account = _account(session, alias)
    try:
        rates = session.client.rates(account.market_code or "", pair)
    except Rejected as error:
        if error.status not in _UNKNOWN_PAIR:
            raise
        raise UsageError(
            f"there is no pair {pair} on {account.name}",
            hint="name one as the service does, such as --pair USDT_BTC",
        ) from error
    meter = Meter(session.client.transport, interrupted)
    meter.used = 2
    return Lab(session, meter, account, pair, grid_of(rates), f"conformance-{session.run[:8]}")


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
        stopped=stopped,
        recording=redacted(lab.meter.recording, session.settings.workspace, lab.opened),
    )
    try:
        session.journal.tested(_verdicts(report), report.requests)
    except SmartplanError as error:
        return replace(report, stopped=f"{stopped or 'all was asked'}, but not recorded: {error}")
    return report


def _verdicts(report: ConformanceReport) -> dict[str, str]:
    """What was tested: what was not leaves an earlier verdict as it is."""
    return {
        row.assumption: row.verdict.value
        for row in report.rows
        if row.assumption and row.verdict is not Verdict.UNTESTED
    }
