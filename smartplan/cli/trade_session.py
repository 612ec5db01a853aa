"""What the commands on live trades have in common: options, session, journal, confirmation."""

import sys
from collections.abc import Callable
from decimal import Decimal

import click
from msgspec import Struct

from smartplan.changes import guards
from smartplan.changes.execute.executor import CutShort
from smartplan.changes.manual.requests import Proposal
from smartplan.cli.arguments import gathered, settings_option
from smartplan.cli.completion import trade_names
from smartplan.cli.connection import connect, paced, patience
from smartplan.cli.output import line, prose
from smartplan.cli.permissions import OverrideOptions
from smartplan.cli.prompts import confirm
from smartplan.cli.signals import Interruptions
from smartplan.cli.terminal import palette
from smartplan.diagnostics import command as command_line
from smartplan.document.scalars import read_plain
from smartplan.errors import ExitCode, Rejected
from smartplan.report.changes.text import rail_line
from smartplan.report.proposal_text import done_text, proposal_text
from smartplan.settings import Settings
from smartplan.workflow.by_hand import journal_overrides, rails_by_hand, send_request
from smartplan.workflow.connecting import service_of
from smartplan.workflow.reconciliation import contracts_of
from smartplan.workflow.session import Session


def amount(text: str) -> Decimal:
    """A decimal number above 0, read as plans read it. Raises ``ValueError``."""
    number = read_plain(text)
    if isinstance(number, bool) or not isinstance(number, int | Decimal) or number <= 0:
        raise ValueError(text)
    return Decimal(number)


class TradeOptions(Struct, frozen=True):
    """TRADE, --env and --yes: which trade is meant, where, and whether anybody is to be asked."""

    reference: str
    settings: Settings
    yes: bool


on_trade = gathered(
    TradeOptions,
    "asked",
    click.argument("reference", metavar="TRADE", shell_complete=trade_names),
    settings_option,
    click.option("--yes", is_flag=True, help="Do not ask."),
)
"""What every command that changes a trade takes."""


def open_session(settings: Settings) -> Session:
    """A session for what cannot wait: a part of the rate budget is kept for its requests."""
    return connect(settings, paced(patience(None), urgent=True))


def act_on(
    asked: TradeOptions,
    command: str,
    propose: Callable[[Session, str], Proposal],
    excused: OverrideOptions = OverrideOptions(),  # noqa: B008 - frozen
) -> int:
    """Find the trade, and do what ``propose`` says of it."""
    session = open_session(asked.settings)
    proposal = propose(session, asked.reference)
    return propose_and_do(session, proposal, command, yes=asked.yes, excused=excused)


def tell_cut_short(signal: KeyboardInterrupt, environment: str) -> bool:
    """The second signal: say which request is out, if one is, whose answer nobody waits for."""
    if not isinstance(signal, CutShort):
        return False
    call, number = signal.step.call.value.replace("_", " "), signal.step.trade_id
    look = command_line(f"trade show {number}", environment)
    line(
        f"{call} of #{number} was sent, and may have been executed: look at {look}"
        " before you repeat it",
        err=True,
    )
    return True


def propose_and_do(
    session: Session,
    proposal: Proposal,
    command: str,
    *,
    yes: bool,
    excused: OverrideOptions = OverrideOptions(),  # noqa: B008 - frozen
) -> int:
    """Show, hold against the guard rails, ask, act, show what the exchange says then."""
    settings, paint = session.settings, palette()
    permission = excused.permission(command, unseen=yes)
    contracts = contracts_of(settings)
    prose(proposal_text(proposal, settings.environment, service_of(settings), paint, contracts))
    rails = rails_by_hand(proposal, session)
    for rail in rails:
        prose(f"{rail_line(rail, paint)}\n")
    sys.stdout.flush()
    guards.refuse(tuple(guards.judge_rails(rails, permission)))
    confirm(settings.environment, yes=yes)
    journal_overrides(guards.set_aside(rails, permission), proposal, session, excused.reason)
    with Interruptions():
        try:
            done = send_request(proposal, session, command)
        except Rejected as error:
            for key, messages in error.attributes.items():
                line(f"{key}: {', '.join(messages)}", err=True)
            raise
        except KeyboardInterrupt as signal:
            tell_cut_short(signal, settings.environment)
            raise
    prose(done_text(done, paint))
    return ExitCode.FAILED if done.filled_meanwhile else ExitCode.FINE
