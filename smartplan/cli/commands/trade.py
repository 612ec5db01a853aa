"""``smartplan trade``: one live trade, by name or id; no plan is needed."""

from decimal import Decimal
from functools import partial

import click
from msgspec.structs import replace

from smartplan.cli.arguments import gathered, settings_option
from smartplan.cli.completion import aliases, pairs, trade_names
from smartplan.cli.output import block, document, line
from smartplan.cli.permissions import OverrideOptions, excused_argument
from smartplan.cli.terminal import look, wants_colour
from smartplan.cli.trade_session import TradeOptions, act_on, amount, on_trade, open_session
from smartplan.errors import ExitCode
from smartplan.report import TRADES
from smartplan.report.envelope import json_text
from smartplan.report.proposal_text import heading
from smartplan.report.trade_text import trade_line
from smartplan.report.trades.details import details, orders_table
from smartplan.settings import Settings
from smartplan.workflow import by_hand
from smartplan.workflow.connecting import service_of
from smartplan.workflow.live_trades import find_trade
from smartplan.workflow.reconciliation import contracts_of, risk_of_live
from smartplan.workflow.trade_lists import LONGEST_PAGE, ORDERS, TradeQuery, list_trades

TYPES = ("simple_buy", "simple_sell", "smart_sell", "smart_trade", "smart_cover", "smart_buy")
STATUSES = (
    *("all", "active", "finished", "successfully_finished", "successfully_finish"),
    *("cancelled", "failed"),
)
"""One of them is documented in two spellings."""

limit_option = click.option("--limit", type=amount, help="At this price instead of at market.")
leave_option = click.option(
    "--leave-position", is_flag=True, help="What is filled stays open, without exits."
)
query_argument = gathered(
    TradeQuery,
    "query",
    click.option("--all-pages", is_flag=True, help="Every page, in the same order."),
    click.option(
        "--per-page",
        type=click.IntRange(1, LONGEST_PAGE),
        default=LONGEST_PAGE,
        show_default=True,
        help="Trades of a page.",
    ),
    click.option(
        "--page", type=click.IntRange(1), default=1, show_default=True, help="Which, from 1."
    ),
    click.option(
        "--order-direction",
        type=click.Choice(("asc", "desc"), case_sensitive=False),
        default="desc",
        help="Newest or largest first (desc), or last.",
    ),
    click.option(
        "--order-by",
        type=click.Choice(ORDERS),
        default="created_at",
        show_default=True,
        metavar="KEY",
        help=f"One of {', '.join(ORDERS)}.",
    ),
    click.option("--to", "created_to", metavar="DATE", help="Created at this date or earlier."),
    click.option("--from", "created_from", metavar="DATE", help="Created at this date or later."),
    click.option("--quote", help="With this quote currency."),
    click.option("--base", help="With this base currency."),
    click.option(
        "--status",
        type=click.Choice(STATUSES),
        default="active",
        show_default=True,
        metavar="STATUS",
        help=f"One of {', '.join(STATUSES)}.",
    ),
    click.option(
        "--type", type=click.Choice(TYPES), metavar="TYPE", help=f"One of {', '.join(TYPES)}."
    ),
    click.option("--pair", help="Of this pair, e.g. USDT_BTC.", shell_complete=pairs),
    click.option("--account", metavar="ALIAS|ID", help="Of this account.", shell_complete=aliases),
)


@click.group("trade")
def command() -> None:
    """See and act on live trades, by name or id. No plan is needed, and none is changed."""


@command.command("list")
@query_argument
@click.option("--format", "format_", type=click.Choice(TRADES.formats), default="table")
@settings_option
def list_(query: TradeQuery, format_: str, settings: Settings) -> ExitCode:
    """List live trades, with every filter the service has."""
    trades = list_trades(open_session(settings), query)
    if not query.all_pages and len(trades) == query.per_page:
        line(f"page {query.page} is full: --page {query.page + 1} may hold more", err=True)
    if format_ == "table":
        line(f"{settings.environment} · {service_of(settings)}", err=True)
    shown = replace(trades, contracts=contracts_of(settings))
    document(TRADES.render(shown, format_, look(wants_colour())))
    return ExitCode.FINE


@command.command("show")
@click.argument("reference", metavar="TRADE", shell_complete=trade_names)
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text")
@settings_option
def show(reference: str, format_: str, settings: Settings) -> ExitCode:
    """Show one trade; as JSON, the service's own answer."""
    live = find_trade(open_session(settings), reference)
    risk = risk_of_live(settings, live) if not live.terminal else None
    if format_ == "json":
        document(json_text(live.raw))
        return ExitCode.FINE
    line(heading(live))
    line(f"    {trade_line(live.trade)}")
    block(details(live, contracts_of(settings), risk))
    return ExitCode.FINE


@command.command("orders")
@click.argument("reference", metavar="TRADE", shell_complete=trade_names)
@click.option("--format", "format_", type=click.Choice(("table", "json")), default="table")
@settings_option
def orders(reference: str, format_: str, settings: Settings) -> ExitCode:
    """List the orders of a trade.

    Those of its entry, its targets, its stop, and of funds that were added and reduced.
    """
    session = open_session(settings)
    listed = session.client.orders(find_trade(session, reference).id)
    if format_ == "json":
        document(json_text([order.raw for order in listed]))
    else:
        block(orders_table(listed))
    return ExitCode.FINE


@command.command("cancel")
@on_trade
@excused_argument
@leave_option
def cancel(asked: TradeOptions, excused: OverrideOptions, leave_position: bool) -> int:
    """Cancel a trade. What is filled stays behind without exits, and needs --leave-position."""
    propose = partial(by_hand.cancel, leave_position=leave_position)
    return act_on(asked, "trade cancel", propose, excused)


@command.command("close")
@on_trade
def close(asked: TradeOptions) -> int:
    """Close the whole position at market."""
    return act_on(asked, "trade close", by_hand.close)


@command.command("move-stop")
@on_trade
@excused_argument
@click.argument("trigger", type=amount, metavar="PRICE")
@click.option("--limit", type=amount, help="The limit price, for a limit stop.")
@click.option(
    "--trailing",
    type=amount,
    metavar="PERCENT",
    help="Sent with a trailing stop; the service is not known to honour it.",
)
def move_stop(
    asked: TradeOptions,
    excused: OverrideOptions,
    trigger: Decimal,
    limit: Decimal | None,
    trailing: Decimal | None,
) -> int:
    """Move the stop loss to PRICE."""
    propose = partial(by_hand.move_stop, trigger=trigger, limit=limit, trailing=trailing)
    return act_on(asked, "trade move-stop", propose, excused)


@command.command("add-funds")
@on_trade
@excused_argument
@click.argument("units", type=amount)
@limit_option
def add_funds(
    asked: TradeOptions, excused: OverrideOptions, units: Decimal, limit: Decimal | None
) -> int:
    """Enlarge the position by UNITS."""
    propose = partial(by_hand.add_funds, units=units, limit=limit)
    return act_on(asked, "trade add-funds", propose, excused)


@command.command("reduce-funds")
@on_trade
@click.argument("units", type=amount)
@limit_option
def reduce_funds(asked: TradeOptions, units: Decimal, limit: Decimal | None) -> int:
    """Close UNITS of the position.

    The most that the service would take is asked for, and shown.
    """
    propose = partial(by_hand.reduce_funds, units=units, limit=limit)
    return act_on(asked, "trade reduce-funds", propose)


@command.command("force-start")
@on_trade
@excused_argument
def force_start(asked: TradeOptions, excused: OverrideOptions) -> int:
    """Enter at market now, whatever the entry waits for."""
    return act_on(asked, "trade force-start", by_hand.force_start, excused)


@command.command("force-process")
@on_trade
def force_process(asked: TradeOptions) -> int:
    """Have the service look at a trade again now."""
    return act_on(asked, "trade force-process", by_hand.force_process)


@command.command("note")
@on_trade
@click.argument("text")
def note(asked: TradeOptions, text: str) -> int:
    """Replace the text of the note; our marker stays."""
    return act_on(asked, "trade note", partial(by_hand.write_note, text=text))


@command.command("close-order")
@on_trade
@click.argument("order_id", type=click.IntRange(1), metavar="ORDER")
def close_order(asked: TradeOptions, order_id: int) -> int:
    """Execute one target at market now."""
    return act_on(asked, "trade close-order", partial(by_hand.close_order, order_id=order_id))


@command.command("cancel-order")
@on_trade
@excused_argument
@click.argument("order_id", type=click.IntRange(1), metavar="ORDER")
@leave_option
def cancel_order(
    asked: TradeOptions, excused: OverrideOptions, order_id: int, leave_position: bool
) -> int:
    """Cancel one order.

    The last exit takes the whole trade with it.
    """
    propose = partial(by_hand.cancel_order, order_id=order_id, leave_position=leave_position)
    return act_on(asked, "trade cancel-order", propose, excused)
