"""``smartplan forget``."""

import click

from smartplan.cli.output import line
from smartplan.cli.prompts import confirm
from smartplan.cli.trade_session import TradeOptions, on_trade, open_session, propose_and_do
from smartplan.errors import ExitCode
from smartplan.workflow import by_hand
from smartplan.workflow.live_trades import Unclaimed
from smartplan.workflow.session import Session


@click.command("forget")
@on_trade
def command(asked: TradeOptions) -> int:
    """Stop managing a trade: our marker leaves its note, and nothing else changes.

    Of one that lost its marker, or is listed nowhere, the journal keeps nothing.
    """
    session = open_session(asked.settings)
    found = by_hand.forget(session, asked.reference)
    if isinstance(found, Unclaimed):
        return _from_journal(found, session, yes=asked.yes)
    return propose_and_do(session, found, "forget", yes=asked.yes)


def _from_journal(known: Unclaimed, session: Session, *, yes: bool) -> int:
    name = known.name
    if known.left_by is not None:
        line(f"{name}  #{known.trade_id}: it is over; what it holds is said to be seen to")
    else:
        line(f"{name}  #{known.trade_id}: no note claims it; the journal forgets it")
        line("    take it out of the plans first: what is planned and not found is opened again")
    confirm(session.settings.environment, yes=yes)
    by_hand.forget_unclaimed(known, session)
    line(f"✓ {name}  #{known.trade_id} is managed no more")
    return ExitCode.FINE
