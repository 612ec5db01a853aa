"""``smartplan sandbox``."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartplan.cli.arguments import load_settings
from smartplan.cli.completion import pairs, trade_names
from smartplan.cli.connection import connect
from smartplan.cli.files import ready_folder
from smartplan.cli.output import line
from smartplan.cli.trade_session import amount
from smartplan.errors import ExitCode, UsageError
from smartplan.report.words import counted
from smartplan.workflow import sandbox
from smartplan.workflow.connecting import sandbox_keys

if TYPE_CHECKING:
    from smartplan.trade.model import LiveTrade


@click.group("sandbox")
def command() -> None:
    """The embedded exchange: no money, the service's own answers."""


@command.command("serve")
@click.option("--port", default=8331, show_default=True, help="Port on 127.0.0.1; 0 for any.")
@click.option("--strict", is_flag=True, help="Take only the official form of a signature.")
@click.option("--rate-limit", is_flag=True, help="Answer 429 after 100 requests in a minute.")
@click.option("--state", type=click.Path(path_type=Path), help="Keep trades and prices here.")
@click.option("--log", type=click.Path(path_type=Path), help="One JSON line per request.")
def serve(
    port: int, strict: bool, rate_limit: bool, state: Path | None, log: Path | None
) -> ExitCode:
    """Serve an exchange over HTTP on loopback, until interrupted.

    It is one of its own, in memory: the embedded exchange of a workspace is another.
    """
    for file in filter(None, (state, log)):
        ready_folder(file)
    key, secret = sandbox_keys()
    with sandbox.served(
        port=port, strict=strict, rate_limit=rate_limit, state=state, log=log
    ) as server:
        line(f"export SMARTPLAN_BASE_URL={server.url}/public/api")
        line(f"export SMARTPLAN_API_KEY={key} SMARTPLAN_API_SECRET={secret}")
        line("serving until interrupted", err=True)
        server.serve_forever()
    return ExitCode.FINE


@command.command("tick")
@click.argument("pair", shell_complete=pairs)
@click.argument("price")
def tick(pair: str, price: str) -> ExitCode:
    """Move a PAIR to a PRICE, and show which trades that changed."""
    try:
        moved_to = amount(price)
    except ValueError:
        raise UsageError(
            f"{price} is not a price", hint="a number above 0 such as 61000.5"
        ) from None
    settings = load_settings("sandbox")
    changed = sandbox.moved(settings, pair, moved_to, lambda: connect(settings))
    line(f"{pair} {price}: {counted(len(changed), 'trade')} changed")
    _show(changed)
    return ExitCode.FINE


@command.command("fill")
@click.argument("trade", metavar="NAME|ID", shell_complete=trade_names)
def fill(trade: str) -> ExitCode:
    """Fill the waiting entry of a trade.

    At its own price, wherever the market is.
    """
    settings = load_settings("sandbox")
    trade_id = sandbox.open_trade_id(trade, connect(settings))
    _show([sandbox.market(settings).fill(trade_id)])
    return ExitCode.FINE


@command.command("reset")
def reset() -> ExitCode:
    """Forget every trade of the embedded exchange, and its journal."""
    settings = load_settings("sandbox")
    sandbox.reset(settings)
    line(f"the embedded exchange of {settings.root} is empty")
    return ExitCode.FINE


def _show(changed: Iterable["LiveTrade"]) -> None:
    for live in changed:
        name = live.marker.name if live.marker else live.trade.pair
        line(f"  {name}  #{live.id}  {live.status}")
