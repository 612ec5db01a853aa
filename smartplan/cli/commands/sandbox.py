"""``smartplan sandbox``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import click

from smartplan.cli.arguments import load_settings
from smartplan.cli.connection import connect
from smartplan.cli.files import ready_folder
from smartplan.cli.output import line
from smartplan.document.scalars import read_plain
from smartplan.errors import ExitCode, Rejected, UsageError
from smartplan.report.words import counted
from smartplan.settings import Settings, default_state_url
from smartplan.workflow.connecting import embedded_exchange, new_run, open_journal
from smartplan.workflow.live_trades import find_trade

Entity = Mapping[str, object]


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
    from smartplan.sandbox import SANDBOX_KEY, SANDBOX_SECRET
    from smartplan.sandbox.app import create_app
    from smartplan.sandbox.exchange import Exchange
    from smartplan.sandbox.server import Server

    for file in filter(None, (state, log)):
        ready_folder(file)
    app = create_app(Exchange(state), strict=strict, rate_limit=rate_limit, log=log)
    with closing(Server(app, port=port)) as server:
        line(f"export SMARTPLAN_BASE_URL={server.url}/public/api")
        line(f"export SMARTPLAN_API_KEY={SANDBOX_KEY} SMARTPLAN_API_SECRET={SANDBOX_SECRET}")
        line("serving until interrupted", err=True)
        server.serve_forever()
    return ExitCode.FINE


@command.command("tick")
@click.argument("pair")
@click.argument("price")
def tick(pair: str, price: str) -> ExitCode:
    """Move a PAIR to a PRICE, and show which trades that changed."""
    amount = read_plain(price)
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal) or amount <= 0:
        raise UsageError(f"{price} is not a price", hint="a number above 0 such as 61000.5")
    settings = load_settings("sandbox")
    changed = _market(settings).tick(pair, Decimal(amount))
    line(f"{pair} {price}: {counted(len(changed), 'trade')} changed")
    _show(changed)
    return ExitCode.FINE


@command.command("fill")
@click.argument("trade", metavar="NAME|ID")
def fill(trade: str) -> ExitCode:
    """Fill the waiting entry of a trade at its own price, wherever the market is."""
    settings = load_settings("sandbox")
    _show([_market(settings).fill(_id_of(trade, settings))])
    return ExitCode.FINE


@command.command("reset")
def reset() -> ExitCode:
    """Forget every trade of the embedded exchange, and its journal."""
    from smartplan.sandbox.book import FileShelf
    from smartplan.state.private_files import refuse_link_out

    settings = load_settings("sandbox")
    file = settings.state_folder / "sandbox.json"
    refuse_link_out(file, settings.root)
    _forget_journal(settings)
    if file.exists():
        FileShelf(file).clear()
    line(f"the embedded exchange of {settings.root} is empty")
    return ExitCode.FINE


def _forget_journal(settings: Settings) -> None:
    """What the journal knows of the sandbox. A store of its own goes; a shared one is kept."""
    if settings.state_url == default_state_url("sandbox"):
        for name in ("sandbox.db", "sandbox.db-wal", "sandbox.db-shm"):
            (settings.state_folder / name).unlink(missing_ok=True)
        return
    with open_journal(settings, run=new_run()) as journal:
        journal.reset()


class _Market(Protocol):
    """The embedded exchange, or a served one."""

    def tick(self, pair: str, price: Decimal) -> Sequence[Entity]: ...
    def fill(self, trade_id: int) -> Entity: ...


def _market(settings: Settings) -> _Market:
    if settings.base_url is None:
        return _Embedded(settings)
    from smartplan.api.sandbox_control import SandboxControl

    return SandboxControl(settings.base_url)


class _Embedded:
    def __init__(self, settings: Settings) -> None:
        self._exchange = embedded_exchange(settings)

    def tick(self, pair: str, price: Decimal) -> Sequence[Entity]:
        with _refusals():
            return self._exchange.tick(pair, price)

    def fill(self, trade_id: int) -> Entity:
        with _refusals():
            return self._exchange.fill(trade_id)


@contextmanager
def _refusals() -> Iterator[None]:
    """Refusals as they come over HTTP, too."""
    from smartplan.sandbox.refusal import Rejection

    try:
        yield
    except Rejection as refusal:
        said = refusal.body["error_description"]
        raise Rejected(
            f"the sandbox refused it: {said}", status=refusal.status, error="sandbox"
        ) from None


def _id_of(reference: str, settings: Settings) -> int:
    """The id of an open trade of this workspace, by its name or as it is. Raises ``UsageError``."""
    if reference.isascii() and reference.isdigit():
        return int(reference)
    return find_trade(connect(settings), reference).id


def _show(entities: Iterable[Entity]) -> None:
    from smartplan.trade.wire import live_trade

    for live in map(live_trade, entities):
        name = live.marker.name if live.marker else live.trade.pair
        line(f"  {name}  #{live.id}  {live.status}")
