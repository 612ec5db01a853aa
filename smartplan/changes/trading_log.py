"""The journal and what the exchange shows of its trades, read as a log of what happened; pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from smartplan.state.store import Event, EventKind
from smartplan.trade.contract import Contracts
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.position import average_entry, position_of
from smartplan.trade.profit import ShownProfit
from smartplan.trade.wire import decimal_or_none, table, trade_from_body

By = Literal["plan", "hand", "exchange"]
_BY_HAND = ("trade ", "close-all", "forget")
_DONE = frozenset({"", "done", "found"})


class LogEntry(Struct, frozen=True, kw_only=True):
    """Something that happened to a trade: ``action`` is what, ``by`` is whose doing it was.

    ``at`` is ``None`` where the exchange does not say when. ``before`` and ``after`` are the trade
    around a change of ours, ``result`` what became of the request where it was not done. ``units``
    and ``price`` are those of a fill, ``profit`` that of a trade that is over, ``step`` the target
    that was reached, from 1. ``text`` is what a person gave as reason, or what was set aside.
    """

    at: datetime | None
    name: str | None
    trade_id: int | None
    by: By
    action: str
    before: Trade | None = None
    after: Trade | None = None
    result: str = ""
    units: Decimal | None = None
    price: Decimal | None = None
    profit: ShownProfit | None = None
    step: int | None = None
    text: str = ""


def trading_log(
    events: Sequence[Event], live: Mapping[int, LiveTrade], contracts: Contracts
) -> tuple[LogEntry, ...]:
    """What happened, oldest first; fills and exits of the trades that are in ``live``, by id."""
    ours = [_named(entry, live) for entry in _Journal(events).entries()]
    first: dict[int, LogEntry] = {}
    for entry in ours:
        if entry.trade_id is not None:
            first.setdefault(entry.trade_id, entry)
    found = [(entry.at, 0, entry) for entry in ours]
    for number, begun in first.items():
        if number in live:
            # What has no time of its own comes behind the opening, or before all else we know.
            place = 1 if begun.action == "create" else -1
            told = _of_exchange(live[number], begun.name, contracts)
            found += [(entry.at or begun.at, place, entry) for entry in told]
    known = [(at, place, entry) for at, place, entry in found if at is not None]
    return tuple(entry for _, _, entry in sorted(known, key=lambda one: (one[0], one[1])))


def _named(entry: LogEntry, live: Mapping[int, LiveTrade]) -> LogEntry:
    """By the marker, where the journal has nothing but the id."""
    found = live.get(entry.trade_id) if entry.trade_id is not None else None
    if entry.name is not None or found is None or found.marker is None:
        return entry
    return replace(entry, name=found.marker.name)


Trace = object
"""What the events of one trade have in common: its identity, else its id."""


class _Journal:
    """Events as a log: what was asked for is told once, when it was answered."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events
        self._identities = {e.trade_id: (e.name, e.round) for e in events if e.trade_id and e.name}
        self._ids = {identity: number for number, identity in self._identities.items()}
        self._traces: dict[tuple[str, Trace], list[Event]] = {}
        for event in events:
            self._traces.setdefault((event.run, self._trace(event)), []).append(event)
        self._commands = {
            event.run: str(event.data.get("command", ""))
            for event in events
            if event.kind is EventKind.RUN
        }
        self._bodies: dict[Trace, Mapping[str, object]] = {}

    def entries(self) -> list[LogEntry]:
        return [entry for event in self._events for entry in self._of(event)]

    def _trace(self, event: Event) -> Trace:
        if event.name is not None:
            return (event.name, event.round)
        number = event.trade_id
        return None if number is None else self._identities.get(number, number)

    def _of(self, event: Event) -> Iterator[LogEntry]:
        data = event.data
        match event.kind:
            case EventKind.INTENT:
                yield from self._request(event)
            case EventKind.OVERRIDE:
                yield self._entry(event, "override", f"{data.get('rule')}: {data.get('reason')}")
            case EventKind.RESOLVE:
                entry = self._entry(event, str(data.get("how", "")), str(data.get("reason", "")))
                yield replace(entry, name=entry.name or _text(data.get("name")), by="hand")
            case EventKind.OUTCOME if not self._earlier(event):
                yield self._entry(event, str(data.get("result", "")))
            case _:
                return

    def _request(self, event: Event) -> Iterator[LogEntry]:
        action, body = str(event.data.get("action", "")), table(event.data.get("body")) or {}
        follows = action == "set_note" and event.name is not None
        if follows and self._earlier(event):
            return  # the marker, behind an update
        end = self._end(event)
        before = self._known(event)
        if action in {"create", "update"}:
            self._send(event, end, table(body.get("patch")) or body)
        yield replace(
            self._entry(event if end is None else end, action),
            before=None if action == "create" else before,
            after=self._known(event),
            result="unknown" if end is None else _result(end),
            units=_value(body, "units"),
            price=_value(body, "price"),
            text=_reason(end) or (str(body.get("note", "")) if action == "set_note" else ""),
        )

    def _send(self, event: Event, end: Event | None, patch: Mapping[str, object]) -> None:
        """What was sent goes over what was known; once it has filled the entry is an echo."""
        known = self._bodies.get(self._trace(event), {})
        position = table(known.get("position")) or {}
        waits = end is None or end.data.get("status") in {"created", "waiting_position", None}
        if waits or not position:
            position = {**position, **(table(patch.get("position")) or {})}
        self._bodies[self._trace(event)] = {**known, **patch, "position": position}

    def _known(self, event: Event) -> Trade | None:
        """The trade as it was last sent; where only a part of it was, that part alone counts."""
        body = self._bodies.get(self._trace(event))
        try:
            return trade_from_body({"account_id": 1, "pair": "", **body}) if body else None
        except (ValueError, TypeError, KeyError, ArithmeticError):
            return None

    def _end(self, event: Event) -> Event | None:
        """The outcome of its action where there is one, else the answer to its request."""
        traces = self._traces[event.run, self._trace(event)]
        later = [other for other in traces if other.number > event.number]
        for kind in (EventKind.OUTCOME, EventKind.ANSWER):
            for other in later:
                if other.kind is kind:
                    return other
        return None

    def _earlier(self, event: Event) -> bool:
        """Whether its action has asked for something before."""
        traces = self._traces[event.run, self._trace(event)]
        return any(o.kind is EventKind.INTENT and o.number < event.number for o in traces)

    def _entry(self, event: Event, action: str, text: str = "") -> LogEntry:
        identity = self._trace(event)
        name, number = event.name, event.trade_id
        if isinstance(identity, tuple):
            name, number = name or identity[0], number or self._ids.get(identity)
        by_hand = self._commands.get(event.run, "").startswith(_BY_HAND)
        return LogEntry(
            at=event.at, name=name, trade_id=number, by="hand" if by_hand else "plan",
            action=action, text=text,
        )  # fmt: skip


_TROUBLES = ("refused", "not sent", "lost")


def _reason(end: Event | None) -> str:
    """Why it was not done, where anybody says so."""
    data = {} if end is None else end.data
    said = [str(data[word]) for word in _TROUBLES if word in data]
    return said[0] if said else str(data.get("message", ""))


def _result(end: Event) -> str:
    """What went wrong, in a word; nothing where it was done."""
    said = [word for word in _TROUBLES if word in end.data]
    word = said[0] if said else str(end.data.get("result", ""))
    return "" if word in _DONE else word


def _value(body: Mapping[str, object], key: str) -> Decimal | None:
    return decimal_or_none((table(body.get(key)) or {}).get("value"))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _of_exchange(live: LiveTrade, name: str | None, contracts: Contracts) -> Iterator[LogEntry]:
    """What filled, and how it ended."""
    blank = LogEntry(
        at=None, name=name, trade_id=live.id, by="exchange", action="", after=live.trade
    )
    if live.entered and not live.trade.skip_enter_step:
        paid = average_entry(live)
        yield replace(blank, action="filled", units=live.entered_amount, price=paid)
    steps = (table(live.raw.get("take_profit")) or {}).get("steps")
    for number, step in enumerate(map(table, steps if isinstance(steps, list) else ()), 1):
        if step is not None and _status(step) == "finished":
            at, units, price = (
                _moment(step.get("closed_at")),
                _value(step, "units"),
                _value(step, "price"),
            )
            yield replace(blank, action="target", at=at, step=number, units=units, price=price)
    if live.terminal:
        data = table(live.raw.get("data")) or {}
        yield replace(
            blank,
            action=live.status,
            at=_moment(data.get("closed_at")),
            price=decimal_or_none(data.get("average_close_price")),
            profit=position_of(live, contracts).profit if live.entered else None,
        )


def _status(step: Mapping[str, object]) -> str:
    status = step.get("status")
    return str((table(status) or {}).get("type", status))


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
