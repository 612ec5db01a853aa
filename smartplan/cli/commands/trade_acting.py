"""The commands of ``smartplan trade`` that change something: judge, show, ask, act."""

from decimal import Decimal

import click

from smartplan.cli.choices import override_options
from smartplan.cli.trade_session import (
    amount,
    leave_option,
    on_trade,
    open_session,
    propose_and_do,
)
from smartplan.workflow import by_hand

limit_option = click.option("--limit", type=amount, help="At this price instead of at market.")


@click.command("cancel")
@on_trade
@override_options
@leave_option
def cancel(
    reference: str,
    environment: str | None,
    yes: bool,
    leave_position: bool,
    override: tuple[str, ...],
    reason: str,
) -> int:
    """Cancel a trade. What is filled stays behind without exits, and needs --leave-position."""
    session = open_session(environment)
    proposal = by_hand.cancel(session, reference, leave_position=leave_position)
    return propose_and_do(
        session, proposal, "trade cancel", yes=yes, override=override, reason=reason
    )


@click.command("close")
@on_trade
def close(reference: str, environment: str | None, yes: bool) -> int:
    """Close the whole position at market."""
    session = open_session(environment)
    proposal = by_hand.close(session, reference)
    return propose_and_do(session, proposal, "trade close", yes=yes)


@click.command("move-stop")
@on_trade
@override_options
@click.argument("trigger", type=amount, metavar="PRICE")
@click.option("--limit", type=amount, help="The limit price, for a limit stop.")
@click.option("--trailing", type=amount, metavar="PERCENT", help="For a trailing stop.")
def move_stop(
    reference: str,
    environment: str | None,
    yes: bool,
    trigger: Decimal,
    limit: Decimal | None,
    trailing: Decimal | None,
    override: tuple[str, ...],
    reason: str,
) -> int:
    """Move the stop loss to PRICE."""
    session = open_session(environment)
    proposal = by_hand.move_stop(session, reference, trigger, limit=limit, trailing=trailing)
    return propose_and_do(
        session, proposal, "trade move-stop", yes=yes, override=override, reason=reason
    )


@click.command("add-funds")
@on_trade
@override_options
@click.argument("units", type=amount)
@limit_option
def add_funds(
    reference: str,
    environment: str | None,
    yes: bool,
    units: Decimal,
    limit: Decimal | None,
    override: tuple[str, ...],
    reason: str,
) -> int:
    """Enlarge the position by UNITS."""
    session = open_session(environment)
    proposal = by_hand.add_funds(session, reference, units, limit)
    return propose_and_do(
        session, proposal, "trade add-funds", yes=yes, override=override, reason=reason
    )


@click.command("reduce-funds")
@on_trade
@click.argument("units", type=amount)
@limit_option
def reduce_funds(
    reference: str, environment: str | None, yes: bool, units: Decimal, limit: Decimal | None
) -> int:
    """Close UNITS of the position; the maximum is asked for and shown."""
    session = open_session(environment)
    proposal = by_hand.reduce_funds(session, reference, units, limit)
    return propose_and_do(session, proposal, "trade reduce-funds", yes=yes)


@click.command("force-start")
@on_trade
@override_options
def force_start(
    reference: str,
    environment: str | None,
    yes: bool,
    override: tuple[str, ...],
    reason: str,
) -> int:
    """Enter at market now, whatever the entry waits for."""
    session = open_session(environment)
    proposal = by_hand.force_start(session, reference)
    return propose_and_do(
        session, proposal, "trade force-start", yes=yes, override=override, reason=reason
    )


@click.command("force-process")
@on_trade
def force_process(reference: str, environment: str | None, yes: bool) -> int:
    """Have the service look at a trade again now."""
    session = open_session(environment)
    proposal = by_hand.force_process(session, reference)
    return propose_and_do(session, proposal, "trade force-process", yes=yes)


@click.command("note")
@on_trade
@click.argument("text")
def note(reference: str, environment: str | None, yes: bool, text: str) -> int:
    """Replace the text of the note; our marker stays."""
    session = open_session(environment)
    proposal = by_hand.write_note(session, reference, text)
    return propose_and_do(session, proposal, "trade note", yes=yes)


@click.command("close-order")
@on_trade
@click.argument("order_id", type=click.IntRange(1), metavar="ORDER")
def close_order(reference: str, environment: str | None, yes: bool, order_id: int) -> int:
    """Execute one target at market now."""
    session = open_session(environment)
    proposal = by_hand.close_order(session, reference, order_id)
    return propose_and_do(session, proposal, "trade close-order", yes=yes)


@click.command("cancel-order")
@on_trade
@override_options
@click.argument("order_id", type=click.IntRange(1), metavar="ORDER")
@leave_option
def cancel_order(
    reference: str,
    environment: str | None,
    yes: bool,
    order_id: int,
    leave_position: bool,
    override: tuple[str, ...],
    reason: str,
) -> int:
    """Cancel one order; the last exit takes the whole trade with it."""
    session = open_session(environment)
    proposal = by_hand.cancel_order(session, reference, order_id, leave_position=leave_position)
    return propose_and_do(
        session, proposal, "trade cancel-order", yes=yes, override=override, reason=reason
    )


COMMANDS = (
    cancel,
    close,
    move_stop,
    add_funds,
    reduce_funds,
    force_start,
    force_process,
    note,
    close_order,
    cancel_order,
)
