"""``smartplan forget``."""

import click

from smartplan.changes import proposals
from smartplan.cli.trade_session import on_trade, open_session, propose_and_do
from smartplan.workflow.live import find_to_change


@click.command("forget")
@on_trade
def command(reference: str, environment: str | None, yes: bool) -> int:
    """Stop managing a trade: our marker leaves its note, and nothing else changes."""
    session = open_session(environment)
    live = find_to_change(session, reference)
    proposal = proposals.forget(live, session.settings.workspace)
    return propose_and_do(session, proposal, "forget", yes=yes)
