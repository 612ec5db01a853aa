"""The commands of ``smartplan trade`` that change something: judge, show, ask, act."""

from decimal import Decimal
from functools import partial

import click

from smartplan.cli.trade_session import (
    Asked,
    Excused,
    act_on,
    amount,
    excusing,
    leave_option,
    on_trade,
)
from smartplan.workflow import by_hand

limit_option = click.option("--limit", type=amount, help="At this price instead of at market.")


@click.command("cancel")
@on_trade
@excusing
@leave_option
def cancel(asked: Asked, excused: Excused, leave_position: bool) -> int:
    """Cancel a trade. What is filled stays behind without exits, and needs --leave-position."""
    propose = partial(by_hand.cancel, leave_position=leave_position)
    return act_on(asked, "trade cancel", propose, excused)


@click.command("close")
@on_trade
def close(asked: Asked) -> int:
    """Close the whole position at market."""
    return act_on(asked, "trade close", by_hand.close)


@click.command("move-stop")
@on_trade
@excusing
@click.argument("trigger", type=amount, metavar="PRICE")
@click.option("--limit", type=amount, help="The limit price, for a limit stop.")
@click.option("--trailing", type=amount, metavar="PERCENT", help="For a trailing stop.")
def move_stop(
    asked: Asked,
    excused: Excused,
    trigger: Decimal,
    limit: Decimal | None,
    trailing: Decimal | None,
) -> int:
    """Move the stop loss to PRICE."""
    propose = partial(by_hand.move_stop, trigger=trigger, limit=limit, trailing=trailing)
    return act_on(asked, "trade move-stop", propose, excused)


@click.command("add-funds")
@on_trade
@excusing
@click.argument("units", type=amount)
@limit_option
def add_funds(asked: Asked, excused: Excused, units: Decimal, limit: Decimal | None) -> int:
    """Enlarge the position by UNITS."""
    propose = partial(by_hand.add_funds, units=units, limit=limit)
    return act_on(asked, "trade add-funds", propose, excused)


@click.command("reduce-funds")
@on_trade
@click.argument("units", type=amount)
@limit_option
def reduce_funds(asked: Asked, units: Decimal, limit: Decimal | None) -> int:
    """Close UNITS of the position; the maximum is asked for and shown."""
    propose = partial(by_hand.reduce_funds, units=units, limit=limit)
    return act_on(asked, "trade reduce-funds", propose)


@click.command("force-start")
@on_trade
@excusing
def force_start(asked: Asked, excused: Excused) -> int:
    """Enter at market now, whatever the entry waits for."""
    return act_on(asked, "trade force-start", by_hand.force_start, excused)


@click.command("force-process")
@on_trade
def force_process(asked: Asked) -> int:
    """Have the service look at a trade again now."""
    return act_on(asked, "trade force-process", by_hand.force_process)


@click.command("note")
@on_trade
@click.argument("text")
def note(asked: Asked, text: str) -> int:
    """Replace the text of the note; our marker stays."""
    return act_on(asked, "trade note", partial(by_hand.write_note, text=text))


@click.command("close-order")
@on_trade
@click.argument("order_id", type=click.IntRange(1), metavar="ORDER")
def close_order(asked: Asked, order_id: int) -> int:
    """Execute one target at market now."""
    return act_on(asked, "trade close-order", partial(by_hand.close_order, order_id=order_id))


@click.command("cancel-order")
@on_trade
@excusing
@click.argument("order_id", type=click.IntRange(1), metavar="ORDER")
@leave_option
def cancel_order(asked: Asked, excused: Excused, order_id: int, leave_position: bool) -> int:
    """Cancel one order; the last exit takes the whole trade with it."""
    propose = partial(by_hand.cancel_order, order_id=order_id, leave_position=leave_position)
    return act_on(asked, "trade cancel-order", propose, excused)


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
