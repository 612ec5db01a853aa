"""``smartplan status``."""

import sys
from typing import TYPE_CHECKING

import click

from smartplan.cli import findings
from smartplan.cli.arguments import Plans, plans_argument
from smartplan.cli.connection import connect, paced
from smartplan.cli.options import color_option, wants_colour
from smartplan.cli.output import document, line, redraw
from smartplan.cli.permissions import target_options
from smartplan.cli.waits import max_wait_option, patience
from smartplan.errors import ExitCode, ServiceError
from smartplan.report import STATUS
from smartplan.report.appearance import Look
from smartplan.report.status import StatusReport
from smartplan.settings import Settings
from smartplan.workflow.connecting import service_of, utc_now
from smartplan.workflow.lint_plans import LintResult, check, narrowed
from smartplan.workflow.session import Session
from smartplan.workflow.status import watch

if TYPE_CHECKING:
    from smartplan.changes.status import WorkspaceStatus


@click.command("status")
@plans_argument
@target_options
@click.option("--watch", "watching", is_flag=True, help="Draw it again and again; Ctrl-C ends it.")
@click.option("--interval", type=click.IntRange(2), default=10, show_default=True, metavar="S")
@click.option("--check", "checking", is_flag=True, help="Exit 3 when anything is unprotected.")
@click.option("--format", "format_", type=click.Choice(STATUS.formats), default="text")
@max_wait_option
@color_option
def command(
    plans: Plans,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    watching: bool,
    interval: int,
    checking: bool,
    format_: str,
    max_wait: float | None,
    color: str,
) -> ExitCode:
    """Show each plan beside its live trade: fill, prices, distances, P/L; the worst first.

    Unprotected is an entered position without a working stop, a failed order, and a position that
    no plan answers for.
    """
    workspace = plans.workspace()
    checked = check(workspace, utc_now())
    findings.show_problems(checked)
    checked = narrowed(checked, target, exclude)
    session = connect(workspace.settings, paced(patience(max_wait)))
    colour = wants_colour(color)
    show = _Show(session.settings, format_, colour, redraws=watching and sys.stdout.isatty())
    last = _watch(checked, session, show, interval) if watching else show(watch(checked, session))
    return ExitCode.PENDING if checking and last.unprotected else ExitCode.FINE


class _Show:
    def __init__(self, settings: Settings, format_: str, colour: bool, *, redraws: bool) -> None:
        self._service = service_of(settings)
        self._format = format_
        self._look = Look(colour)
        self._redraws = redraws

    def __call__(self, watched: "WorkspaceStatus") -> "WorkspaceStatus":
        text = STATUS.render(StatusReport(watched, self._service), self._format, self._look)
        if self._redraws:
            redraw()
        document(text)
        sys.stdout.flush()
        return watched


def _watch(checked: LintResult, session: Session, show: _Show, interval: int) -> "WorkspaceStatus":
    """Until Ctrl-C, which is how a watch ends and no interruption."""
    watched = show(watch(checked, session))
    try:
        while True:
            session.pause(interval)
            try:
                watched = show(watch(checked, session))
            except ServiceError as error:
                line(f"not read, trying again: {error}", err=True)
    except KeyboardInterrupt:
        return watched
