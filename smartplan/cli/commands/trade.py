"""``smartplan trade``: one live trade, by name or id; no plan is needed."""

from typing import cast

import click

from smartplan.api.client import PAGE_SIZE, OrderBy, TradeFilter
from smartplan.changes.reconcile.snapshot import complete
from smartplan.cli.commands import trade_acting
from smartplan.cli.options import env_option
from smartplan.cli.output import block, document, line
from smartplan.cli.trade_session import open_session
from smartplan.errors import ExitCode, UsageError
from smartplan.report import TRADES
from smartplan.report.envelope import json_text
from smartplan.report.proposal_text import heading
from smartplan.report.trade_text import trade_line
from smartplan.report.trades.details import details, orders_table
from smartplan.settings import Settings
from smartplan.workflow.connecting import service_of
from smartplan.workflow.live_trades import find_trade

TYPES = ("simple_buy", "simple_sell", "smart_sell", "smart_trade", "smart_cover", "smart_buy")
STATUSES = ("all", "active", "finished", "successfully_finished", "cancelled", "failed")
ORDERS = ("created_at", "updated_at", "closed_at", "status", "profit", "profit_percentage")


@click.group("trade")
def command() -> None:
    """See and act on live trades, by name or id. No plan is needed, and none is changed."""


@command.command("list")
@click.option("--account", metavar="ALIAS|ID", help="Of this account.")
@click.option("--pair", help="Of this pair, e.g. USDT_BTC.")
@click.option("--type", "type_", type=click.Choice(TYPES), help="Of this type.")
@click.option("--status", type=click.Choice(STATUSES), default="active", show_default=True)
@click.option("--base", help="With this base currency.")
@click.option("--quote", help="With this quote currency.")
@click.option("--from", "created_from", metavar="DATE", help="Created at this date or later.")
@click.option("--to", "created_to", metavar="DATE", help="Created at this date or earlier.")
@click.option("--order-by", type=click.Choice(ORDERS), default="created_at", show_default=True)
@click.option("--order-direction", type=click.Choice(("asc", "desc")), default="desc")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True)
@click.option("--per-page", type=click.IntRange(1, PAGE_SIZE), default=PAGE_SIZE, show_default=True)
@click.option("--all-pages", is_flag=True, help="Every page, oldest first.")
@click.option("--format", "format_", type=click.Choice(TRADES.formats), default="table")
@env_option
def list_(
    account: str | None,
    pair: str | None,
    type_: str | None,
    status: str,
    base: str | None,
    quote: str | None,
    created_from: str | None,
    created_to: str | None,
    order_by: str,
    order_direction: str,
    page: int,
    per_page: int,
    all_pages: bool,
    format_: str,
    environment: str | None,
) -> ExitCode:
    """List live trades, with every filter the service has."""
    session = open_session(environment)
    criteria = TradeFilter(
        account_id=_account_id(session.settings, account),
        pair=pair,
        type=type_,
        status=status,
        created_from=created_from,
        created_to=created_to,
        base=base,
        quote=quote,
    )
    if all_pages:
        trades = complete(session.client, criteria)
    else:
        trades = session.client.list_trades(
            criteria,
            page=page,
            per_page=per_page,
            order_by=cast("OrderBy", order_by),
            order_direction="asc" if order_direction == "asc" else "desc",
        )
        if len(trades) == per_page:
            line(f"page {page} is full: --page {page + 1} may hold more", err=True)
    if format_ == "table":
        settings = session.settings
        line(f"{settings.environment} · {service_of(settings)}", err=True)
    document(TRADES.render(trades, format_))
    return ExitCode.FINE


def _account_id(settings: Settings, account: str | None) -> int | None:
    if account is None or (account.isascii() and account.isdecimal()):
        return None if account is None else int(account)
    if account not in settings.accounts:
        known = ", ".join(sorted(settings.accounts))
        raise UsageError(f"no account {account} in {settings.environment}", hint=f"known: {known}")
    return settings.accounts[account]


@command.command("show")
@click.argument("reference", metavar="TRADE")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text")
@env_option
def show(reference: str, format_: str, environment: str | None) -> ExitCode:
    """Show one trade; as JSON, the service's own answer."""
    live = find_trade(open_session(environment), reference)
    if format_ == "json":
        document(json_text(live.raw))
        return ExitCode.FINE
    line(heading(live))
    line(f"    {trade_line(live.trade)}")
    block(details(live))
    return ExitCode.FINE


@command.command("orders")
@click.argument("reference", metavar="TRADE")
@click.option("--format", "format_", type=click.Choice(("table", "json")), default="table")
@env_option
def orders(reference: str, format_: str, environment: str | None) -> ExitCode:
    """List the orders of a trade: entry, targets, stop, added and reduced funds."""
    session = open_session(environment)
    listed = session.client.orders(find_trade(session, reference).id)
    if format_ == "json":
        document(json_text([order.raw for order in listed]))
    else:
        block(orders_table(listed))
    return ExitCode.FINE


for acting in trade_acting.COMMANDS:
    command.add_command(acting)
