"""What a person asks for one live trade, by name or id, as a proposal that nobody agreed to yet."""

from decimal import Decimal

from smartplan.changes.manual import proposals
from smartplan.changes.manual.requests import Proposal
from smartplan.workflow.live_trades import Unclaimed, find_to_change, find_to_forget
from smartplan.workflow.session import Session


def cancel(session: Session, reference: str, *, leave_position: bool) -> Proposal:
    """Cancel it. What is filled stays behind without exits only with ``leave_position``."""
    live = find_to_change(session, reference)
    return proposals.cancel(live, leave_position=leave_position)


def close(session: Session, reference: str) -> Proposal:
    """Close the whole position at market."""
    return proposals.close(find_to_change(session, reference))


def move_stop(
    session: Session,
    reference: str,
    trigger: Decimal,
    *,
    limit: Decimal | None,
    trailing: Decimal | None,
) -> Proposal:
    """Move the stop loss to the price ``trigger``; ``trailing`` is in percent."""
    live = find_to_change(session, reference)
    return proposals.move_stop(live, trigger, limit=limit, trailing=trailing)


def add_funds(session: Session, reference: str, units: Decimal, limit: Decimal | None) -> Proposal:
    """Enlarge the position, at market without a ``limit`` price."""
    return proposals.add_funds(find_to_change(session, reference), units, limit)


def reduce_funds(
    session: Session, reference: str, units: Decimal, limit: Decimal | None
) -> Proposal:
    """Close a part of the position; how much of it can be, the service is asked."""
    live = find_to_change(session, reference)
    return proposals.reduce_funds(live, units, limit, session.client.reduce_funds_limit(live.id))


def force_start(session: Session, reference: str) -> Proposal:
    """Enter at market now, whatever the entry waits for."""
    return proposals.force_start(find_to_change(session, reference))


def force_process(session: Session, reference: str) -> Proposal:
    """Have the service look at it again now."""
    return proposals.force_process(find_to_change(session, reference))


def write_note(session: Session, reference: str, text: str) -> Proposal:
    """Replace the text of the note; our marker stays."""
    return proposals.write_note(find_to_change(session, reference), text)


def close_order(session: Session, reference: str, order_id: int) -> Proposal:
    """Execute one target at market now."""
    live = find_to_change(session, reference)
    return proposals.close_order(live, session.client.orders(live.id), order_id)


def cancel_order(
    session: Session, reference: str, order_id: int, *, leave_position: bool
) -> Proposal:
    """Cancel one order; the last exit takes the whole trade with it."""
    live = find_to_change(session, reference)
    orders = session.client.orders(live.id)
    return proposals.cancel_order(live, orders, order_id, leave_position=leave_position)


def forget(session: Session, reference: str) -> Proposal | Unclaimed:
    """Take our marker off its note; of what no note claims, only the journal has to forget."""
    found = find_to_forget(session, reference)
    if isinstance(found, Unclaimed):
        return found
    return proposals.forget(found, session.settings.workspace)
