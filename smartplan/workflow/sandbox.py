"""The embedded exchange and a served one, as whoever moves their market needs them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from smartplan.errors import Rejected, UsageError
from smartplan.settings import Settings, default_state_url
from smartplan.trade.model import LiveTrade
from smartplan.trade.wire import live_trade
from smartplan.workflow.connecting import embedded_exchange, new_run, open_journal
from smartplan.workflow.live_trades import by_name, find_trade
from smartplan.workflow.session import Session

if TYPE_CHECKING:
    from smartplan.sandbox.server import Server


class Market(Protocol):
    """What moves on an exchange without money; both calls give the trades that it changed.

    They raise ``Rejected`` with what the exchange says, one of HTTP ``Unreachable`` and
    ``AnswerLost`` too.
    """

    def tick(self, pair: str, price: Decimal) -> Sequence[LiveTrade]:
        """Move a pair, written like ``USDT_BTC``, to a price in its quote currency."""
        ...

    def fill(self, trade_id: int) -> LiveTrade:
        """Fill a waiting entry at its own price, wherever the market is."""
        ...


def market(settings: Settings) -> Market:
    """The exchange of the workspace: the embedded one, or that of its base URL."""
    return _Embedded(settings) if settings.base_url is None else _Served(settings.base_url)


def moved(
    settings: Settings, pair: str, price: Decimal, connect: Callable[[], Session]
) -> Sequence[LiveTrade]:
    """Move a pair, and say which one was meant where there is none of that name.

    Raises ``UsageError`` for that, and what ``Market.tick`` raises.
    """
    from smartplan.workflow.markets import pair_meant

    try:
        return market(settings).tick(pair, price)
    except Rejected as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        session = connect()
        codes = {account.market_code for account in session.accounts.values()} - {None}
        known = {one for code in codes for one in session.client.market_pairs(str(code))}
        raise UsageError(f"the sandbox has no pair {pair}", hint=pair_meant(pair, known)) from None


class _Embedded:
    def __init__(self, settings: Settings) -> None:
        self._exchange = embedded_exchange(settings)

    def tick(self, pair: str, price: Decimal) -> Sequence[LiveTrade]:
        with _refusals():
            return _read(self._exchange.tick(pair, price))

    def fill(self, trade_id: int) -> LiveTrade:
        with _refusals():
            return live_trade(self._exchange.fill(trade_id))


class _Served:
    def __init__(self, base_url: str) -> None:
        from smartplan.api.sandbox_control import SandboxControl

        self._control = SandboxControl(base_url)

    def tick(self, pair: str, price: Decimal) -> Sequence[LiveTrade]:
        return _read(self._control.tick(pair, price))

    def fill(self, trade_id: int) -> LiveTrade:
        return live_trade(self._control.fill(trade_id))


def _read(entities: Iterable[Mapping[str, object]]) -> tuple[LiveTrade, ...]:
    return tuple(map(live_trade, entities))


@contextmanager
def _refusals() -> Iterator[None]:
    """Refusals as they come over HTTP, too."""
    from smartplan.sandbox.rejection import Rejection

    try:
        yield
    except Rejection as refusal:
        said = refusal.body["error_description"]
        raise Rejected(
            f"the sandbox refused it: {said}", status=refusal.status, error="sandbox"
        ) from None


def open_trade_id(reference: str, session: Session) -> int:
    """The id of an open trade of this workspace, by its name or as it is. Raises ``UsageError``."""
    return find_trade(session, reference).id if by_name(reference) else int(reference.lstrip("#"))


def reset(settings: Settings) -> None:
    """Forget every trade of the embedded exchange, and what the journal knows of them."""
    from smartplan.sandbox.book import FileShelf
    from smartplan.state.private_files import refuse_link_out

    file = settings.state_folder / "sandbox.json"
    refuse_link_out(file, settings.root)
    _forget_journal(settings)
    if file.exists():
        FileShelf(file).clear()


def _forget_journal(settings: Settings) -> None:
    """A store of its own goes; one that is shared is kept, without the sandbox."""
    if settings.state_url == default_state_url("sandbox"):
        for name in ("sandbox.db", "sandbox.db-wal", "sandbox.db-shm"):
            (settings.state_folder / name).unlink(missing_ok=True)
        return
    with open_journal(settings, run=new_run()) as journal:
        journal.reset()


@contextmanager
def served(
    *, port: int, strict: bool, rate_limit: bool, state: Path | None, log: Path | None
) -> Iterator["Server"]:
    """An exchange of its own over HTTP on 127.0.0.1; ``port`` 0 is any that is free.

    ``strict`` takes only the official form of a signature; ``rate_limit`` answers 429 after 100
    requests in a minute. Trades and prices are kept in ``state``; ``log`` has a line per request.
    """
    from smartplan.sandbox.app import create_app
    from smartplan.sandbox.exchange import Exchange
    from smartplan.sandbox.server import Server

    app = create_app(Exchange(state), strict=strict, rate_limit=rate_limit, log=log)
    with closing(Server(app, port=port)) as server:
        yield server
