"""``smartplan close-all``."""

import sys
from collections.abc import Callable, Iterable

import click

from smartplan.cli.arguments import settings_option
from smartplan.cli.output import block, line
from smartplan.cli.prompts import confirm_word
from smartplan.cli.signals import Interruptions
from smartplan.cli.terminal import palette
from smartplan.cli.trade_session import open_session, tell_cut_short
from smartplan.diagnostics import command as command_line
from smartplan.errors import ExitCode, SafetyRefusal, worst
from smartplan.report.foreign_text import clean
from smartplan.report.proposal_text import done_text, proposal_text
from smartplan.report.unreadable_text import unreadable_line
from smartplan.settings import Settings
from smartplan.workflow.by_hand import TradeEnd, end_all, ways_to_end
from smartplan.workflow.connecting import service_of
from smartplan.workflow.live_trades import Managed, managed_trades, right_money
from smartplan.workflow.reconciliation import contracts_of


@click.command("close-all")
@settings_option
@click.option("--confirm", "word", metavar="WORKSPACE", help="Confirm with the workspace's name.")
def command(settings: Settings, word: str | None) -> ExitCode:
    """Close every position of this workspace at market, and cancel every waiting entry."""
    session, paint = open_session(settings), palette()
    managed, contracts = managed_trades(session), contracts_of(settings)
    agreed = ways_to_end(managed)
    for proposal, (name, live) in zip(agreed, managed.trades, strict=True):
        right_money(settings, live)
        text = proposal_text(proposal, settings.environment, service_of(settings), paint, contracts)
        block(text)
        if live.marker is None:
            line(f"    it was opened as {name}; its note has lost our marker")
    left = _not_ended(managed, settings.environment)
    if not agreed:
        known = " that is known of" if left else ""
        line(f"the workspace {settings.workspace} has no open trade{known}")
        return left
    sys.stdout.flush()
    _confirm(settings.workspace, word, f"End these {len(agreed)} on {settings.environment}?")
    with Interruptions() as interrupted:
        ends = end_all(agreed, session)
        return worst(left, *_each(ends, len(agreed), interrupted, settings.environment))


def _each(
    ends: Iterable[TradeEnd], count: int, interrupted: Callable[[], bool], environment: str
) -> list[ExitCode]:
    """Tell what became of each of ``count`` trades, up to an interrupt; what it means."""
    codes: list[ExitCode] = []
    try:
        for ended in ends:
            codes.append(_code(ended))
            block(_line(ended))
            if interrupted() and len(codes) < count:
                line(f"{count - len(codes)} were not ended", err=True)
                return [*codes, ExitCode.INTERRUPTED]
    except KeyboardInterrupt as signal:
        out = tell_cut_short(signal, environment)
        line(f"{count - len(codes) - out} were not ended", err=True)
        raise
    return codes


def _not_ended(managed: Managed, environment: str) -> ExitCode:
    """Name what may be open and cannot be ended from here; what that means for the run."""
    for row in managed.unreadable:
        line(f"not ended: {unreadable_line(row).strip()}", err=True)
    for name in managed.unknown:
        resolve = command_line(f"resolve {name} --wait", environment)
        line(f"not ended: nobody knows whether {name} was created: {resolve}", err=True)
    for taken in managed.taken:
        forget = command_line(f"forget {taken.name}", environment)
        said = f"#{taken.trade_id} was opened as {taken.name}, and its note says {taken.owner} now"
        line(f"not ended: {said}: end it there, or {forget}", err=True)
    for gone in managed.missing:
        forget = command_line(f"forget {gone.name}", environment)
        said = f"#{gone.trade_id} was opened as {gone.name}, and the exchange does not show it"
        line(f"not ended: {said}: look for it there, or {forget}", err=True)
    for live in managed.left:
        forget = command_line(f"forget {live.id}", environment)
        said = f"#{live.id} is {live.status}, and a position is open without exits"
        line(f"not ended: {said}: close it on the exchange, then {forget}", err=True)
    unknown = ExitCode.UNKNOWN if managed.unknown else ExitCode.FINE
    left = managed.unreadable or managed.taken or managed.missing or managed.left
    return worst(unknown, ExitCode.FAILED if left else ExitCode.FINE)


def _confirm(workspace: str, word: str | None, question: str) -> None:
    if word is None:
        confirm_word(workspace, question, option=f"--confirm {workspace}")
    elif word != workspace:
        raise SafetyRefusal(
            f"nothing was done: --confirm {word} is not the workspace's name, {workspace}"
        )


def _code(ended: TradeEnd) -> ExitCode:
    if ended.error is not None:
        return ended.error.exit_code
    filled = ended.done is not None and ended.done.filled_meanwhile
    return ExitCode.FAILED if filled else ExitCode.FINE


def _line(ended: TradeEnd) -> str:
    if ended.done is not None:
        return done_text(ended.done, palette())
    return f"✗ {ended.name}  #{ended.trade_id}: {clean(str(ended.error))}\n"
