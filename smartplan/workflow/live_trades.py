"""Live trades as a person names them: by id, or by their name. No plan is needed."""

import re
from collections.abc import Collection
from http import HTTPStatus
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from smartplan.api.entities import PAPER
from smartplan.changes.reconcile import snapshot
from smartplan.changes.reconcile.inputs import MarketView, Memory
from smartplan.changes.reconcile.matching import Matching, owner_of
from smartplan.changes.reconcile.resolution import (
    Absent,
    Copy,
    Duplicate,
    Ended,
    Missing,
    Open,
    Stripped,
    Unknown,
)
from smartplan.diagnostics import command
from smartplan.errors import Rejected, SafetyRefusal, ServiceError, UsageError
from smartplan.settings import Settings
from smartplan.state.store import KnownTrade, StoreUnusable
from smartplan.trade.listing import Unreadable
from smartplan.trade.model import LiveTrade
from smartplan.trade.position import left_a_position
from smartplan.workflow.reconciliation import ownership
from smartplan.workflow.session import Session

_ID = re.compile(r"#?([1-9][0-9]{0,17})", re.ASCII)


class Taken(Struct, frozen=True):
    """What was opened under our name, and whose note names another ``owner`` now."""

    name: str
    trade_id: int
    owner: str


class Unclaimed(Struct, frozen=True):
    """What only the journal knows by its name: no note claims it.

    ``left_by`` is a trade that is over, whose position nobody has seen to.
    """

    name: str
    trade_id: int
    left_by: LiveTrade | None = None


def by_name(reference: str) -> bool:
    """Whether a reference is a name. Digits are always an id."""
    return _ID.fullmatch(reference) is None


def find_trade(session: Session, reference: str) -> LiveTrade:
    """The one live trade of an id (``31247949``, ``#31247949``) or a name of this workspace.

    Digits are always an id. ``UsageError`` for a name that no open trade has, or two have.
    """
    match = _ID.fullmatch(reference)
    if match is not None:
        return session.client.get(int(match[1]))
    return _named(session, reference)


def _named(session: Session, name: str) -> LiveTrade:
    found = open_here(session, strict=False, look_up={name})[0].resolve(name)
    match found:
        case Open(live=live):
            return live
        case Stripped(live=live):
            return _not_theirs(name, live)
        case Ended() | Missing() | Absent():
            raise _not_open(name, session.settings)
        case Duplicate() | Copy() | Unreadable() | Unknown():
            raise _not_one(name, found, session.settings)
        case _:
            assert_never(found)


def _not_theirs(name: str, live: LiveTrade) -> LiveTrade:
    """What lost our marker and took another's is not ours by its name alone."""
    if live.marker is None:
        return live
    raise UsageError(
        f"#{live.id} was opened as {name}, but its note says {owner_of(live)} now",
        hint="name it by its id if you mean it all the same",
    )


def _not_open(name: str, settings: Settings) -> UsageError:
    return UsageError(
        f"no open trade of the workspace {settings.workspace} is named {name}",
        hint="`smartplan trade list` shows what there is; an id works for every trade",
    )


def _not_one(
    name: str, found: Duplicate | Copy | Unreadable | Unknown, settings: Settings
) -> UsageError:
    match found:
        case Duplicate(lives=lives):
            listed = ", ".join(f"#{live.id}" for live in lives)
            return UsageError(
                f"{len(lives)} open trades are named {name}: {listed}", hint="name one by its id"
            )
        case Copy(live=live, known=known):
            return UsageError(
                f"#{live.id} is named {name}, but the trade that was opened is #{known.trade_id}",
                hint="a copy made on the exchange? Name the one you mean by its id",
            )
        case Unreadable():
            return UsageError(
                f"{found.called} cannot be read: {found.why}",
                hint="act on the exchange's own page; other trades of that name go by their id",
            )
        case Unknown():
            return UsageError(
                f"nobody knows whether {name} was created",
                hint=command(f"resolve {name} --wait", settings.environment) + " looks for it",
            )
        case _:
            assert_never(found)


def find_to_forget(session: Session, reference: str) -> LiveTrade | Unclaimed:
    """As ``find_to_change``; what only the journal knows by this name, where no note claims it.

    Raises ``UsageError``, ``SafetyRefusal`` or ``StoreUnusable``.
    """
    if not by_name(reference):
        return find_to_change(session, reference)
    found = open_here(session)[0].resolve(reference)
    match found:
        case Open(live=live):
            right_money(session.settings, live)
            return live
        case Stripped(known=known):
            return Unclaimed(known.identity.name, known.trade_id)
        case Missing(known=known):
            return _not_listed(known, session)
        case Ended() | Absent():
            raise _not_open(reference, session.settings)
        case Duplicate() | Copy() | Unreadable() | Unknown():
            raise _not_one(reference, found, session.settings)
        case _:
            assert_never(found)


def _not_listed(known: KnownTrade, session: Session) -> Unclaimed:
    """What no list shows may be open all the same: lists lag, its id does not."""
    live = _by_id(session, known.trade_id)
    if live is not None and not live.terminal:
        raise SafetyRefusal(
            f"#{live.id} is open ({live.status}), though the list of open trades lacks it",
            hint="nothing was forgotten; try again in a moment",
        )
    left = live if live is not None and left_a_position(live) else None
    return Unclaimed(known.identity.name, known.trade_id, left)


def _by_id(session: Session, trade_id: int) -> LiveTrade | None:
    """A trade by its id; None where the service has none. Raises ``ServiceError``."""
    try:
        return session.client.get(trade_id)
    except Rejected as error:
        if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}:
            raise
        return None


def find_to_change(session: Session, reference: str) -> LiveTrade:
    """As ``find_trade``, for a command that acts. Raises ``SafetyRefusal`` for the other money."""
    live = find_trade(session, reference)
    right_money(session.settings, live)
    return live


def open_here(
    session: Session, *, strict: bool = True, look_up: Collection[str] = ()
) -> tuple[Matching, Memory]:
    """What is open, beside the journal; unless ``strict`` also without one that can be read.

    What the journal opened under a name to ``look_up`` and no list shows is read by its id.
    """
    ours = ownership(session.settings)
    view = snapshot.open_trades(session.client, ours)
    try:
        memory = session.memory(view)
        wanted = [one for one in _unlisted(view, memory) if one.identity.name in look_up]
        found = [_by_id(session, one.trade_id) for one in wanted]
        view = replace(view, ended=(*view.ended, *ours.here(filter(None, found))))
    except StoreUnusable:
        if strict:
            raise
        memory = Memory()
    return Matching(ours.workspace, ours.accounts, view, memory), memory


def _unlisted(view: MarketView, memory: Memory) -> tuple[KnownTrade, ...]:
    """What the journal opened, has no end for, and is not listed."""
    listed = {*view.by_id, *(row.id for row in view.unreadable)}
    known = (one for one in memory.trades.values() if one.ended is None)
    return tuple(one for one in known if one.trade_id not in listed)


class Managed(Struct, frozen=True):
    """Every open trade of this workspace, by its name.

    ``unreadable`` is what nobody can read and may be one more; ``unknown`` are the names of
    creates with no known outcome, ``taken`` what was opened as ours and is another workspace's,
    ``missing`` what the journal opened and the exchange does not show, not even by its id, and
    ``left`` what is over and holds a position without exits.
    """

    trades: tuple[tuple[str, LiveTrade], ...]
    unreadable: tuple[Unreadable, ...] = ()
    unknown: tuple[str, ...] = ()
    taken: tuple[Taken, ...] = ()
    missing: tuple[Unclaimed, ...] = ()
    left: tuple[LiveTrade, ...] = ()


def managed_trades(session: Session) -> Managed:
    """The open trades with our marker, and those that the journal opened and whose note lost it.

    With them what cannot be read, unless its note says that it is not ours. What the list of open
    trades lacks and the journal has no end for is looked for in the longer list, then by its id.
    """
    ours, client = ownership(session.settings), session.client
    view = snapshot.open_trades(client, ours)
    memory = session.memory(view)
    if _unlisted(view, memory):
        view = snapshot.whole(client, ours, session.settings.since)
    missing: list[Unclaimed] = []
    for known in _unlisted(view, memory):
        found = ours.here(filter(None, [_perhaps_by_id(session, known.trade_id)]))
        view = replace(view, ended=(*view.ended, *found))
        if not found:
            missing.append(Unclaimed(known.identity.name, known.trade_id))
    matching = Matching(ours.workspace, ours.accounts, view, memory)
    unreadable = (row for row in matching.unreadable if _perhaps_ours(row, matching))
    unknown = sorted({name for name, _ in memory.unknown})
    taken = tuple(Taken(n, live.id, owner_of(live)) for n, live in matching.taken())
    left = tuple(live for _, live in matching.all_left())
    trades = tuple(matching.ours())
    return Managed(trades, tuple(unreadable), tuple(unknown), taken, tuple(missing), left)


def _perhaps_by_id(session: Session, trade_id: int) -> LiveTrade | None:
    """None also where it cannot be read: that keeps nobody from ending the others."""
    try:
        return _by_id(session, trade_id)
    except ServiceError:
        return None


def _perhaps_ours(row: Unreadable, matching: Matching) -> bool:
    if matching.name_of(row) is not None:
        return True
    return row.marker is None and not row.note_read


def name_of(live: LiveTrade) -> str:
    """The name in its marker; empty without one."""
    return live.marker.name if live.marker is not None else ""


def right_money(settings: Settings, live: LiveTrade) -> None:
    """Refuse paper trades under ``real`` and the other way round.

    The account's type decides, as it came with the trade: a ``Forced-Mode`` header was once
    ignored.
    """
    account = live.raw.get("account")
    kind = account.get("type") if isinstance(account, dict) else None
    paper = None if kind is None else str(kind).startswith(PAPER)
    if settings.environment == "sandbox" or paper is (settings.environment == "paper"):
        return
    if paper is None and settings.alias_of(live.trade.account_id) is not None:
        return
    what = {True: "paper money", False: "real money", None: "an account of unknown kind"}[paper]
    raise SafetyRefusal(
        f"the environment is {settings.environment}, but #{live.id} is {what}",
        hint="name the right environment with --env",
    )
