"""Live trades as a person names them: by id, or by the name in their marker. No plan is needed."""

import re

from smartplan.api.client import ACTIVE_TRADES
from smartplan.errors import SafetyRefusal, UsageError
from smartplan.settings import Settings
from smartplan.trade.listed import Listed, Unreadable
from smartplan.trade.model import LiveTrade
from smartplan.workflow.changing import ownership
from smartplan.workflow.session import Session

_ID = re.compile(r"#?([1-9][0-9]{0,17})", re.ASCII)
PAPER = "paper_trading"


def find_trade(session: Session, reference: str) -> LiveTrade:
    """The one live trade of an id (``31247949``, ``#31247949``) or a name of this workspace.

    Digits are always an id. ``UsageError`` for a name that no open trade carries, or two do.
    """
    match = _ID.fullmatch(reference)
    if match is not None:
        return session.client.get(int(match[1]))
    settings = session.settings
    managed = managed_trades(session)
    found = [live for live in managed.trades if name_of(live) == reference]
    unread = [row for row in managed.unreadable if row.marker and row.marker.name == reference]
    if unread:
        raise UsageError(
            f"{unread[0].called} cannot be read: {unread[0].why}",
            hint="act on the exchange's own page; other trades of that name go by their id",
        )
    if not found:
        raise UsageError(
            f"no open trade of the workspace {settings.workspace} is named {reference}",
            hint="`smartplan trade list` shows what there is; an id works for every trade",
        )
    if len(found) > 1:
        listed = ", ".join(f"#{live.id}" for live in found)
        raise UsageError(
            f"{len(found)} open trades are named {reference}: {listed}", hint="name one by its id"
        )
    return found[0]


def find_to_change(session: Session, reference: str) -> LiveTrade:
    """As ``find_trade``, for a command that acts. Raises ``SafetyRefusal`` for the other money."""
    live = find_trade(session, reference)
    right_money(session.settings, live)
    return live


def managed_trades(session: Session) -> Listed:
    """The open trades with this workspace's marker, on the accounts of its environment.

    With them what cannot be read there, unless its note says that it is not ours.
    """
    ours = ownership(session.settings)
    active = session.client.scan(ACTIVE_TRADES)
    unreadable = (row for row in ours.perhaps_here(active) if _perhaps_ours(row, ours.workspace))
    return Listed(tuple(filter(ours.owns, active.trades)), tuple(unreadable))


def _perhaps_ours(row: Unreadable, workspace: str) -> bool:
    return row.marker.workspace == workspace if row.marker is not None else not row.note_read


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
