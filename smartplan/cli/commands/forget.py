"""``smartplan forget``."""

import click

from smartplan.changes import proposals
from smartplan.cli.confirming import confirm
from smartplan.cli.output import line
from smartplan.cli.trade_session import on_trade, open_session, propose_and_do
from smartplan.state.store import KnownTrade
from smartplan.workflow.live import find_to_forget
from smartplan.workflow.session import Session


@click.command("forget")
@on_trade
def command(reference: str, environment: str | None, yes: bool) -> int:
    """Stop managing a trade: our marker leaves its note, and nothing else changes.

    Of one that lost its marker, or is listed nowhere, the journal keeps nothing.
    """
    session = open_session(environment)
    found = find_to_forget(session, reference)
    if isinstance(found, KnownTrade):
        return _from_journal(found, session, yes=yes)
    proposal = proposals.forget(found, session.settings.workspace)
    return propose_and_do(session, proposal, "forget", yes=yes)


def _from_journal(known: KnownTrade, session: Session, *, yes: bool) -> int:
    name = known.identity.name
    line(f"{name}  #{known.trade_id}: no note claims it; the journal forgets it")
    line("    take it out of the plans first: what is planned and not found is opened again")
    confirm(session.settings.environment, yes=yes)
    session.journal.forgotten(name)
    line(f"✓ {name}  #{known.trade_id} is managed no more")
    return 0
