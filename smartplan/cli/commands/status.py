"""``smartplan status``."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from smartplan.cli import findings
from smartplan.cli.arguments import (
    Plans,
    Targets,
    colour_option,
    plans_argument,
    risk_option,
    targets_argument,
)
from smartplan.cli.connection import connect, max_wait_option, paced
from smartplan.cli.output import document, line, redraw
from smartplan.cli.terminal import look as look_at
from smartplan.errors import ExitCode, ServiceError
from smartplan.report import STATUS
from smartplan.report.status import StatusReport
from smartplan.workflow.connecting import service_of
from smartplan.workflow.session import Session
from smartplan.workflow.status import watch

if TYPE_CHECKING:
    from smartplan.changes.status import WorkspaceStatus


@click.command("status")
@plans_argument
@targets_argument
@click.option("--watch", "watching", is_flag=True, help="Draw it again and again; Ctrl-C ends it.")
@click.option(
    "--interval",
    type=click.IntRange(2),
    default=10,
    show_default=True,
    metavar="S",
    help="Seconds from one look to the next.",
)
@click.option("--check", "checking", is_flag=True, help="Exit 3 when anything is unprotected.")
@click.option("--format", "format_", type=click.Choice(STATUS.formats), default="text")
@risk_option
@max_wait_option
@colour_option
def command(
    plans: Plans,
    targets: Targets,
    watching: bool,
    interval: int,
    checking: bool,
    format_: str,
    full_risk: bool,
    max_wait: float,
    colour: bool,
) -> ExitCode:
    """Show each plan beside its live trade: fill, prices, distances, P/L; the worst first.

    Unprotected is an entered position without a working stop, a failed order, and a position that
    no plan answers for.
    """
    settings, checked = findings.check(plans, optional=True, errors_only=True)
    checked = targets.of(checked)
    session = connect(settings, paced(max_wait))

    def look() -> "WorkspaceStatus":
        watched = watch(checked, session)
        report = StatusReport(watched, service_of(settings), settings.risk.equity)
        text = STATUS.render(report, format_, look_at(colour, whole=watching, full_risk=full_risk))
        if watching and sys.stdout.isatty():
            redraw()
        document(text)
        sys.stdout.flush()
        return watched

    last = _again_and_again(look, session, interval) if watching else look()
    return ExitCode.PENDING if checking and last.unprotected else ExitCode.FINE


def _again_and_again(
    look: "Callable[[], WorkspaceStatus]", session: Session, interval: int
) -> "WorkspaceStatus":
    """Until Ctrl-C, which is how a watch ends and no interruption."""
    watched = look()
    try:
        while True:
            session.pause(interval)
            try:
                watched = look()
            except ServiceError as error:
                line(f"not read, trying again: {error}", err=True)
    except KeyboardInterrupt:
        return watched
