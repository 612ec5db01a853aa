"""``smartplan close-all``."""

import sys

import click

from smartplan.cli.confirming import confirm_word
from smartplan.cli.connection import service_of
from smartplan.cli.interruptions import Interruptions
from smartplan.cli.options import env_option, worst
from smartplan.cli.output import block, line
from smartplan.cli.trade_session import (
    FAILED,
    open_session,
    palette,
)
from smartplan.errors import Interrupted, SafetyRefusal
from smartplan.report.changes_text import unreadable_line
from smartplan.report.clean import clean
from smartplan.report.proposal_text import done_text, proposal_text
from smartplan.workflow.acting import Ended, end_all, ways_to_end
from smartplan.workflow.live import right_money


@click.command("close-all")
@env_option
@click.option("--confirm", "word", metavar="WORKSPACE", help="Confirm with the workspace's name.")
def command(environment: str | None, word: str | None) -> int:
    """Close every position of this workspace at market, and cancel every waiting entry."""
    session = open_session(environment)
    settings, paint = session.settings, palette()
    agreed, unreadable = ways_to_end(session)
    for proposal in agreed:
        right_money(settings, proposal.live)
        text = proposal_text(proposal, settings.environment, service_of(settings), paint)
        block(text)
    for row in unreadable:
        line(f"not ended: {unreadable_line(row).strip()}", err=True)
    if not agreed:
        readable = " that can be read" if unreadable else ""
        line(f"the workspace {settings.workspace} has no open trade{readable}")
        return FAILED if unreadable else 0
    sys.stdout.flush()
    _confirm(settings.workspace, word, f"End these {len(agreed)} on {settings.environment}?")
    codes = [FAILED if unreadable else 0]
    with Interruptions() as interrupted:
        for number, ended in enumerate(end_all(agreed, session), 1):
            codes.append(_code(ended))
            block(_line(ended))
            if interrupted() and number < len(agreed):
                line(f"{len(agreed) - number} were not ended", err=True)
                codes.append(Interrupted.exit_code)
                break
    return worst(*codes)


def _confirm(workspace: str, word: str | None, question: str) -> None:
    if word is None:
        confirm_word(workspace, question, option=f"--confirm {workspace}")
    elif word != workspace:
        raise SafetyRefusal(
            f"nothing was done: --confirm {word} is not the workspace's name, {workspace}"
        )


def _code(ended: Ended) -> int:
    if ended.error is not None:
        return ended.error.exit_code
    return FAILED if ended.done is not None and ended.done.filled_meanwhile else 0


def _line(ended: Ended) -> str:
    if ended.done is not None:
        return done_text(ended.done, palette())
    return f"✗ {ended.name}  #{ended.trade_id}: {clean(str(ended.error))}\n"
