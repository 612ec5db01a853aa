"""The track record of a workspace: the exchange's finished trades beside what the journal meant."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from smartplan.changes import guards
from smartplan.changes.reconcile import snapshot
from smartplan.changes.track_record import (
    SOLD,
    ClosedTrade,
    Reach,
    TrackRecord,
    TradeStory,
    moved_elsewhere,
    stories,
    tags_of,
)
from smartplan.settings import Settings
from smartplan.trade.contract import Contract
from smartplan.trade.exits import stop_trigger
from smartplan.trade.holding import cost_price
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.position import average_entry, profit_computed, profit_of_service
from smartplan.trade.profit import Holding
from smartplan.trade.risk import Figures, Risk, reference_price
from smartplan.trade.rounding import exact
from smartplan.trade.wire import decimal_or_none, table
from smartplan.workflow.reconciliation import contract_of, costs_of, ownership, risk_of
from smartplan.workflow.session import Session

NEVER_PLANNED = TradeStory("", 1)


class PriceRow(NamedTuple):
    """When it opens, in UTC, and ``bid, ask, last`` or ``open, high, low, close``."""

    time: datetime
    prices: tuple[Decimal, ...]


Histories = Mapping[str, tuple[Iterable[PriceRow], timedelta]]
"""By pair: the rows in order of time, and how long each lasts."""


def track_record(
    session: Session, *, since: date | None = None, histories: Histories | None = None
) -> TrackRecord:
    """What became of every trade of this workspace that had a position and is over.

    ``since`` is when they were created, at the earliest. Raises ``SafetyRefusal`` for accounts of
    the wrong kind.
    """
    settings = session.settings
    guards.accounts_fit(settings.environment, settings.accounts, session.accounts)
    ours = ownership(settings)
    view = snapshot.whole(session.client, ours, since or settings.since)
    known = stories(session.journal.history())
    mine = [live for live in view.ended if ours.owns(live) or live.id in known]
    sold = [live for live in mine if live.status in SOLD and live.entered]
    closed = [_closed(settings, live, known.get(live.id, NEVER_PLANNED)) for live in sold]
    for pair, (rows, span) in (histories or {}).items():
        reached = _reaches(rows, span, [one for one in closed if one[0].pair == pair])
        closed = [(trade, live, reached.get(trade.id, reach)) for trade, live, reach in closed]
    found = (_with_reach(settings, *one) for one in closed)
    return TrackRecord(
        workspace=settings.workspace,
        environment=settings.environment,
        at=session.now(),
        trades=tuple(sorted(found, key=lambda trade: (str(trade.closed or ""), trade.id))),
        open=sum(1 for live in view.active if ours.owns(live)),
        candles=bool(histories),
    )


_Closed = tuple[ClosedTrade, LiveTrade, Reach | None]


def _closed(settings: Settings, live: LiveTrade, story: TradeStory) -> _Closed:
    trade, data = live.trade, table(live.raw.get("data")) or {}
    contract = contract_of(settings, trade, live=live)
    own = profit_of_service(live) or profit_computed(live, contract)
    planned = story.planned
    risk = _risk(settings, planned, live) if planned is not None else None
    found = ClosedTrade(
        id=live.id,
        name=live.marker.name if live.marker is not None else story.name or live.called,
        pair=trade.pair,
        side=trade.side,
        status=live.status,
        quote=trade.quote,
        opened=_moment(data.get("created_at")),
        closed=_moment(data.get("closed_at")) or _moment(data.get("updated_at")),
        tags=tags_of(trade.note),
        profit=own.volume if own is not None else None,
        risk=risk.loss_at_stop if risk is not None else None,
        planned_entry=reference_price(planned) if planned is not None else None,
        filled_entry=cost_price(live, contract),
        planned_stop=_planned_stop(planned),
        filled_exit=_filled_exit(live, contract),
        entry_slip=_entry_slip(settings, planned, live, contract),
        exit_slip=_exit_slip(live, contract),
        moves=(*story.moves, *moved_elsewhere(live, story)),
    )
    return found, live, None


def _risk(settings: Settings, planned: Trade, live: LiveTrade) -> Risk:
    """As it was planned; a market entry at what was paid, for no plan says at which price."""
    if reference_price(planned) is not None:
        return risk_of(settings, planned, live=live)
    return risk_of(settings, planned, paid=average_entry(live), live=None)


def _planned_stop(planned: Trade | None) -> Decimal | None:
    if planned is None or planned.stop_loss is None:
        return None
    return stop_trigger(planned.side, planned.stop_loss, reference_price(planned))


@exact
def _filled_exit(live: LiveTrade, contract: Contract) -> Decimal | None:
    if not contract.known or contract.inverse or not live.closed_amount or not live.closed_total:
        return None
    return live.closed_total / contract.amount(live.closed_amount)


@exact
def _entry_slip(
    settings: Settings, planned: Trade | None, live: LiveTrade, contract: Contract
) -> Decimal | None:
    """What the entry has cost beyond its planned price with its planned fee."""
    price = reference_price(planned) if planned is not None else None
    paid = cost_price(live, contract)
    if planned is None or price is None or paid is None or not contract.known or not paid:
        return None
    unit: Holding = Figures(planned, price, costs_of(settings, planned), contract).holding
    meant = unit.cost / unit.amount
    sign = contract.side(live.trade.side).sign
    return sign * contract.amount(live.entered_amount) * (contract.price(paid) - meant)


@exact
def _exit_slip(live: LiveTrade, contract: Contract) -> Decimal | None:
    """What a market stop was filled worse than its trigger, of a trade that ended there whole."""
    stop = live.trade.stop_loss
    over = any(step.status == "finished" for step in live.trade.take_profit)
    if live.status != "stop_loss_finished" or stop is None or over or not live.closed_amount:
        return None
    if not contract.known or contract.inverse:
        return None
    trigger = stop_trigger(live.trade.side, stop, average_entry(live))
    fee = decimal_or_none((table(live.raw.get("data")) or {}).get("commission")) or Decimal(0)
    if trigger is None:
        return None
    sign, units = live.trade.side.sign, contract.amount(live.closed_amount)
    return sign * (units * trigger * (1 - sign * fee) - live.closed_total)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _reaches(rows: Iterable[PriceRow], span: timedelta, closed: list[_Closed]) -> dict[int, Reach]:
    """The extreme prices of each trade while it was open, in one pass over the rows.

    When it was filled nobody says: it counts from the first price that its entry was within.
    """
    waiting = {trade.id: (trade, average_entry(live)) for trade, live, _ in closed}
    found: dict[int, Reach] = {}
    for row in rows:
        low, high = min(row.prices[-3:]), max(row.prices[:3])
        for number, (trade, entry) in waiting.items():
            if trade.opened is None or trade.closed is None or entry is None:
                continue
            if row.time + span < trade.opened or row.time > trade.closed:
                continue
            if number in found or low <= entry <= high:
                found[number] = _farther(found.get(number), trade, low, high)
    return found


def _farther(before: Reach | None, trade: ClosedTrade, low: Decimal, high: Decimal) -> Reach:
    worst, best = (low, high) if trade.side.sign > 0 else (high, low)
    if before is None:
        return Reach(worst, best)
    sign = trade.side.sign
    return Reach(
        min(before.worst, worst, key=lambda price: price * sign),
        max(before.best, best, key=lambda price: price * sign),
    )


@exact
def _with_reach(
    settings: Settings, trade: ClosedTrade, live: LiveTrade, reach: Reach | None
) -> ClosedTrade:
    """MAE and MFE of everything that was entered, before the costs of leaving."""
    contract = contract_of(settings, live.trade, live=live)
    paid = cost_price(live, contract)
    if reach is None or paid is None or not contract.known:
        return trade
    sign, units = contract.side(trade.side).sign, contract.amount(live.entered_amount)
    start = contract.price(paid)

    def at(price: Decimal) -> Decimal:
        return sign * units * (contract.price(price) - start)

    worst, best = min(at(reach.worst), Decimal(0)), max(at(reach.best), Decimal(0))
    return replace(trade, adverse=worst, favourable=best)
