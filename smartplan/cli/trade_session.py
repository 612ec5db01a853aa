"""What the commands on live trades have in common: options, session, journal, confirmation."""

import os
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec import Struct

from smartplan.changes import guards
from smartplan.changes.manual.requests import Proposal
from smartplan.changes.permission import Permission, overrides_of
from smartplan.cli.arguments import gathered
from smartplan.cli.connection import connect, paced
from smartplan.cli.options import env_option, load_settings
from smartplan.cli.output import block, line
from smartplan.cli.permissions import override_options
from smartplan.cli.prompts import confirm
from smartplan.cli.signals import Interruptions
from smartplan.cli.waits import patience
from smartplan.document.scalars import read_plain
from smartplan.errors import ExitCode, Rejected
from smartplan.report.changes.text import rail_line
from smartplan.report.palette import Palette
from smartplan.report.proposal_text import done_text, proposal_text
from smartplan.workflow.by_hand import carry_out, journal_overrides, rails_by_hand
from smartplan.workflow.connecting import service_of
from smartplan.workflow.session import Session

F = TypeVar("F", bound=Callable[..., Any])

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
leave_option = click.option(
    "--leave-position", is_flag=True, help="What is filled stays open, without exits."
)


def amount(text: str) -> Decimal:
    """A decimal number above 0, read as plans read it. Raises ``ValueError``."""
    number = read_plain(text)
    if isinstance(number, bool) or not isinstance(number, int | Decimal) or number <= 0:
        raise ValueError(text)
    return Decimal(number)


class Asked(Struct, frozen=True):
    """Which trade is meant, where, and whether anybody is to be asked."""

    reference: str
    environment: str | None
    yes: bool


class Excused(Struct, frozen=True):
    """The guard rails that are to be set aside, and why."""

    override: tuple[str, ...] = ()
    reason: str = ""


def _on_trade(command: F) -> F:
    """TRADE, --env and --yes."""
    for decorate in (click.argument("reference", metavar="TRADE"), env_option, yes_option):
        command = decorate(command)
    return command


on_trade = gathered(_on_trade, Asked, "asked")
"""What every command that changes a trade takes."""

excusing = gathered(override_options, Excused, "excused")


def open_session(environment: str | None) -> Session:
    """A session around the working folder; a part of the rate budget is kept for its requests."""
    return connect(load_settings(Path.cwd(), environment), paced(patience(None), urgent=True))


def palette() -> Palette:
    """Colour on a terminal unless NO_COLOR."""
    return Palette(sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


def act_on(
    asked: Asked,
    command: str,
    propose: Callable[[Session, str], Proposal],
    excused: Excused = Excused(),  # noqa: B008 - frozen
) -> int:
    """Find the trade, and do what ``propose`` says of it."""
    session = open_session(asked.environment)
    proposal = propose(session, asked.reference)
    return propose_and_do(session, proposal, command, yes=asked.yes, excused=excused)


def propose_and_do(
    session: Session,
    proposal: Proposal,
    command: str,
    *,
    yes: bool,
    excused: Excused = Excused(),  # noqa: B008 - frozen
) -> int:
    """Show, hold against the guard rails, ask, act, show what the exchange says then."""
    settings, paint, reason = session.settings, palette(), excused.reason
    overrides = overrides_of(excused.override, reason)
    shown = proposal_text(proposal, settings.environment, service_of(settings), paint)
    block(shown)
    rails = rails_by_hand(proposal, session)
    for rail in rails:
        block(f"{rail_line(rail, paint)}\n")
    sys.stdout.flush()
    permission = Permission(None, command=command, overrides=overrides, unseen=yes, reason=reason)
    guards.refuse(tuple(guards.judge_rails(rails, permission)))
    confirm(settings.environment, yes=yes)
    journal_overrides(guards.set_aside(rails, permission), proposal, session, reason)
    with Interruptions():
        try:
            done = carry_out(proposal, session, command)
        except Rejected as error:
            for key, messages in error.attributes.items():
                line(f"{key}: {', '.join(messages)}", err=True)
            raise
    block(done_text(done, paint))
    return ExitCode.FAILED if done.filled_meanwhile else ExitCode.FINE
