"""What a check works with: its account and pair, its trades, and the way to end them all."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from smartplan.api.client import SmartTradeClient, TradeFilter
from smartplan.api.entities import Account, PairLimits, Rates
from smartplan.api.transport import Transport
from smartplan.changes.execute.executor import Executor, StepEnd
from smartplan.changes.execute.outcomes import Result
from smartplan.changes.execute.steps import (
    Body,
    Endpoint,
    Step,
    cancel_step,
    close_step,
)
from smartplan.document.scalars import number_text
from smartplan.errors import Rejected, SafetyRefusal, SmartplanError, UsageError
from smartplan.trade.bodies import Json
from smartplan.trade.contract import BASE_UNITS, SET_THE_SIZE, UNKNOWN_SIZE, Contract
from smartplan.trade.marker import format_marker, stored_note
from smartplan.trade.model import BEING_CANCELLED, BEING_CLOSED, SETTLING, LiveTrade, Marker
from smartplan.trade.rounding import ceil_to_step, exact, floor_to_step
from smartplan.workflow.conformance.meter import Meter
from smartplan.workflow.session import Session

FAR_BELOW, FAR_ABOVE = Decimal("0.7"), Decimal("1.4")
"""Where entries and targets stand, of the last price: nothing fills there within minutes."""
STOP = Decimal("0.55")
_WORTH = 4
"""How often the exchange's minimum total: half of it has to be a legal order at the stop, too."""
_PATIENCE = (0.0, 3.0, 20.0, 40.0, 40.0)
"""Seconds between the tries to end what is open, each with a look at what the last one did."""


class Grid(Struct, frozen=True):
    """The prices of a check on one pair, in quote, and its size in units, by whole lots."""

    entry: Decimal
    targets: tuple[Decimal, Decimal]
    stop: Decimal
    units: Decimal
    least: Decimal
    lot: Decimal


@exact
def grid_of(rates: Rates, contract: Contract = BASE_UNITS) -> Grid:
    """Far from the market, as small as the exchange takes. Raises ``UsageError``."""
    last, limits = rates.last, rates.limits
    tick, lot = limits.price_step or Decimal("0.01"), limits.lot_step or Decimal("0.0001")
    if last is None or last <= 0:
        raise UsageError("the pair of the check has no price", hint="name another with --pair")
    if not contract.known:
        raise UsageError(f"on the pair of the check {UNKNOWN_SIZE}", hint=SET_THE_SIZE)
    entry = floor_to_step(last * FAR_BELOW, tick)
    stop = floor_to_step(last * STOP, tick)
    total = _least_total(limits, contract)
    one = contract.value(Decimal(1), entry)
    least = max(ceil_to_step(total * Decimal("1.1") / one, lot), limits.min_lot_size or lot)
    units = max(ceil_to_step(total * _WORTH / one, lot), least * 2)
    near, far = (floor_to_step(last * times, tick) for times in (Decimal("1.3"), FAR_ABOVE))
    return Grid(entry, (near, far), stop, units, least, lot)


def _least_total(limits: PairLimits, contract: Contract) -> Decimal:
    """What an order has to be worth; nobody knows what a least total of coin-margined ones means.

    Where none is named it is one of the quote currency.
    """
    if contract.inverse:
        return Decimal(0)
    named = [total for total in (limits.min_total, limits.min_market_total) if total]
    return max(named, default=Decimal(1))


_OF_THE_REQUEST = frozenset({400, 403, 404, 409, 422})


def says_something(error: SmartplanError) -> bool:
    """Whether it refuses what was asked: not the key, nor the pace, nor a service that is down."""
    return isinstance(error, Rejected) and error.status in _OF_THE_REQUEST


class NotOnPaper(SafetyRefusal):
    """A trade of the check is on an account that is not paper trading: nothing more is opened."""


class WatchingClient(SmartTradeClient):
    """Tells what each reading of a trade shows, whoever reads it."""

    def __init__(self, transport: Transport, watch: Callable[[LiveTrade], object]) -> None:
        super().__init__(transport)
        self._watch = watch

    def get(self, trade_id: int) -> LiveTrade:
        """See ``SmartTradeClient.get``."""
        live = super().get(trade_id)
        self._watch(live)
        return live


class Lab(Struct, dict=True):
    """One check on one account; ``token`` stands in the note of each of its trades.

    What one part finds another needs: ``free`` is what the account lists of the currency that is
    paid with (``None``: not asked, or not told), ``notes_hold`` whether notes come back as they
    were sent, ``refused`` why a create was refused that must not have been executed. ``unknown``
    counts the creates of which nobody knows what became.
    """

    session: Session
    meter: Meter
    account: Account
    pair: str
    grid: Grid
    token: str
    contract: Contract = BASE_UNITS
    opened: dict[int, LiveTrade] = field(default_factory=dict)
    over: set[int] = field(default_factory=set)
    creates: int = 0
    free: Decimal | None = None
    notes_hold: bool | None = None
    refused: str = ""
    unknown: int = 0

    def __post_init__(self) -> None:
        self.client = WatchingClient(self.meter, self.saw)
        journal = self.session.journal
        self.executor = Executor(self.client, journal, self.pause, known_false=frozenset())

    @property
    def embedded(self) -> bool:
        """Whether the other side is in this process: nothing lags, and nothing takes a minute."""
        return self.session.listing_lag == 0

    def settle(self) -> None:
        """Wait until what was asked for is carried out (0.4 to 3 s, seen)."""
        self.pause(0.5 if self.embedded else 3.0)

    def pause(self, seconds: float) -> None:
        """Wait; no longer than until somebody interrupts the check, but for what ends it."""
        while seconds > 0 and not self.meter.stopped:
            self.session.pause(min(seconds, 1.0))
            seconds -= 1.0

    def elapsed(self, since: float) -> float:
        """Seconds since a moment of ``clock``."""
        return self.clock() - since

    def clock(self) -> float:
        """Seconds, from no beginning in particular."""
        return self.session.now().timestamp()

    # --- the trades of the check ----------------------------------------------------------------

    def entry(self) -> dict[str, Json]:
        """A limit entry far from the market."""
        return {
            "type": "buy",
            "order_type": "limit",
            "units": {"value": number_text(self.grid.units)},
            "price": {"value": number_text(self.grid.entry)},
        }

    def create(
        self, position: dict[str, Json], text: str, *, length: int = 0
    ) -> tuple[str, LiveTrade]:
        """Open a trade of the check: the note as sent, and the answer. Raises its error.

        The note is filled up to ``length`` characters, with the marker at its end.
        """
        self.creates += 1
        marker = format_marker(
            Marker(
                workspace=self.session.settings.workspace,
                name=self.token,
                round=self.creates,
                digests=("0000",) * 4,
            )
        )
        note = f"{text.ljust(length - len(marker) - 1, '.')} {marker}"
        body: dict[str, Json] = {"account_id": self.account.id, "pair": self.pair}
        if self.account.futures:
            body["leverage"] = {"enabled": True, "type": "isolated", "value": "2"}
        body |= {
            "position": position,
            "take_profit": self.targets(),
            "stop_loss": self.stop(),
            "note": note,
        }
        self._keep(1)
        self.unknown += 1
        (end,) = self.executor.run((Step(call=Endpoint.CREATE, body=body),))
        if end.answer is not None or end.result is not Result.UNKNOWN:
            self.unknown -= 1
        if end.answer is None:
            if isinstance(end.error, Rejected) and end.error.status in {400, 401}:
                self._keep(0)
            raise end.error or SmartplanError("the create was not answered")
        self.opened[end.answer.id] = end.answer
        return note, end.answer

    def targets(self) -> dict[str, Json]:
        """Two targets of half the position each."""
        return {"enabled": True, "steps": [target(price) for price in self.grid.targets]}

    def stop(self, *, trailing: Json = None) -> dict[str, Json]:
        """A market stop."""
        price: dict[str, Json] = {"value": number_text(self.grid.stop), "type": "bid"}
        conditional: dict[str, Json] = {"price": price}
        if trailing is not None:
            conditional["trailing"] = trailing
        return {"enabled": True, "order_type": "market", "conditional": conditional}

    def look(self, trade_id: int) -> LiveTrade:
        """Read a trade of the check."""
        return self.client.get(trade_id)

    def send(
        self, call: Endpoint, trade_id: int, body: Body | None = None, *, just_read: bool = False
    ) -> StepEnd:
        """One mutation of a trade of the check, through the one executor, and time to settle.

        The trade is read before, unless it was ``just_read``: ``opened`` shows then what the last
        one came to. What becomes of a refused one, the next one sees: it costs no looks of its own.
        """
        before = self.opened[trade_id] if just_read else self.look(trade_id)
        (end,) = self.executor.run((Step(call=call, trade_id=trade_id, body=body),))
        if end.error is not None and not says_something(end.error):
            raise end.error
        self.settle()
        return replace(end, before=before)

    def until(self, trade_id: int, shows: Callable[[LiveTrade], bool]) -> LiveTrade:
        """Read a trade until it shows something, for 10 s at most."""
        live = self.look(trade_id)
        for seconds in (1.0, 3.0, 6.0):
            if shows(live):
                break
            self.pause(seconds)
            live = self.look(trade_id)
        return live

    def saw(self, live: LiveTrade) -> None:
        """Remember a trade of the check as it was read."""
        self.opened[live.id] = live
        if live.terminal:
            self.over.add(live.id)
        self._keep(0)

    def _keep(self, more: int) -> None:
        """Requests for the end: a list, and where a trade may be open several and what ends it."""
        left = len(self.opened.keys() - self.over) + more
        self.meter.reserve = 1 if not left else 5 + 2 * left

    # --- the end --------------------------------------------------------------------------------

    def end_all(self) -> tuple[int, ...]:
        """End whatever of the check is open, whatever comes in between; what still is, by id.

        Looked for by the token as well: a create whose answer was lost may have opened a trade.
        """
        self.meter.shielded = True
        if not self.creates:
            return ()
        left, listed = tuple(set(self.opened) - self.over), False
        if self.creates > len(self.opened):
            self.pause(self.session.listing_lag)
        for seconds in _PATIENCE:
            try:
                self.pause(seconds)
                left, listed = self._end_once(), True
                if not left and not self.unknown:
                    return ()
            except (SmartplanError, KeyboardInterrupt):
                left, listed = tuple(set(self.opened) - self.over) or left, False
        if listed:
            self.unknown = 0  # what no list has shown for so long is not there
        return left

    def _end_once(self) -> tuple[int, ...]:
        known = len(self.opened)
        found = {live.id: live for live in self._open_of_ours()}
        self.unknown = max(self.unknown - len(self.opened) + known, 0)
        for number in set(self.opened) - self.over - found.keys():
            live = self.look(number)
            if not live.terminal:
                found[number] = live
        for live in found.values():
            self._end(live)
        return tuple(found)

    def _open_of_ours(self) -> Iterator[LiveTrade]:
        query = TradeFilter(account_id=self.account.id, status="active")
        listed = self.client.list_trades(query, order_direction="desc")
        for live in listed.trades:
            if live.id in self.opened or self.token in stored_note(live.raw):
                self.saw(live)
                if not live.terminal:
                    yield live

    def _end(self, live: LiveTrade) -> None:
        if live.status in SETTLING or live.status.startswith((BEING_CANCELLED, BEING_CLOSED)):
            return  # a moment later there is more to be said of it
        end = close_step if live.may_hold else cancel_step
        self.executor.run((end(live, frozenset()),))


def target(price: Decimal, *, order: int | None = None) -> dict[str, Json]:
    """A limit target of half the position; ``order`` is the id of one that goes on."""
    step: dict[str, Json] = {
        "order_type": "limit",
        "volume": "50",
        "price": {"value": number_text(price), "type": "last"},
    }
    return step if order is None else {"id": order, **step}


def echoed(live: LiveTrade, price: Decimal | None = None) -> dict[str, Json]:
    """``position`` of a PATCH."""
    position: dict[str, Json] = {
        "type": live.trade.position.type,
        "units": {"value": number_text(live.trade.position.units)},
    }
    if price is not None:
        position["price"] = {"value": number_text(price)}
    return position
