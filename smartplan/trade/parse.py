"""Documents to trades: entries with their defaults, then the canonical ``PlannedTrade``."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePath

from msgspec import Struct

from smartplan.diagnostics import Location, Path
from smartplan.document.tree import Document, Node, merge
from smartplan.trade import wire
from smartplan.trade.model import Expect, Lifecycle, OnRemove, State, Trade

RUNNER_KEYS = ("account", "account_id", "lifecycle", "name")
"""Keys of an entry that are the runner's, not the smart-trade body's."""

NAME = re.compile(r"(?![0-9]+\Z)[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
"""What a trade may be called. Digits alone are an id wherever a person names a trade."""

_LONGEST_ALIAS = 60
"""Comparing takes a time that grows with the square of the length."""

_STATES = {state.value: state for state in State}
_ON_REMOVE = {choice.value: choice for choice in OnRemove}


class Entry(Struct, frozen=True, eq=False):
    """One trade as written: ``body`` has the defaults merged under it and is not judged yet.

    ``at`` is its address in the document: ``("trades", name)``, or ``()`` for a one-trade file.
    """

    name: str
    body: dict[str, Node]
    document: Document
    at: Path

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """Where ``path`` of the body was written; in ``defaults`` if it comes from there."""
        return self.document.locate(self.address(path), key=key or not path)

    def address(self, path: Path) -> Path:
        """The address of ``path`` in the document: of its own, or in ``defaults``."""
        own, shared = (*self.at, *path), ("defaults", *path)
        return shared if not self.document.has(own) and self.document.has(shared) else own


class PlannedTrade(Entry, frozen=True, eq=False):
    """An entry that fits the schema, with its canonical trade.

    ``trade`` is what will be live, ``asked`` what a create asks for: a service may drop a part.
    """

    trade: Trade
    asked: Trade
    lifecycle: Lifecycle

    @property
    def written(self) -> Mapping[str, Node]:
        """The smart-trade part of the body, with real booleans and Decimals."""
        return {
            key: wire.plain_values(value, key)
            for key, value in self.body.items()
            if key not in RUNNER_KEYS
        }


class UnknownAccount(LookupError):
    """The entry's account is none of this environment; ``path`` says where it was written.

    ``meant`` is the alias that it is a slip of, if there is one; ``missing`` is the alias where no
    account is listed at all.
    """

    def __init__(
        self, message: str, path: Path, meant: str | None = None, missing: str | None = None
    ) -> None:
        super().__init__(message)
        self.path, self.meant, self.missing = path, meant, missing


def entries(document: Document) -> tuple[Entry, ...]:
    """The trades of a document with defaults merged; what is no mapping is skipped."""
    data = document.data
    if not isinstance(data, dict):
        return ()
    if "pair" in data:
        name = data.get("name")
        body = {key: value for key, value in data.items() if key != "name"}
        return (
            Entry(name if isinstance(name, str) else name_of(document.file), body, document, ()),
        )
    trades, defaults = data.get("trades"), data.get("defaults")
    if not isinstance(trades, dict):
        return ()
    base = defaults if isinstance(defaults, dict) else {}
    return tuple(
        Entry(name, _with_defaults(base, body), document, ("trades", name))
        for name, body in trades.items()
        if isinstance(body, dict)
    )


def name_of(file: str) -> str:
    """A trade's name from its file's: lower case, what is no letter or digit becomes a dash."""
    stem = PurePath(file).name.partition(".")[0].lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:40].rstrip("-") or "trade"


def _with_defaults(defaults: Mapping[str, Node], body: Mapping[str, Node]) -> dict[str, Node]:
    """``account`` and ``account_id`` name the same thing: the trade's own choice replaces both."""
    if "account" in body or "account_id" in body:
        defaults = {key: defaults[key] for key in defaults if key not in {"account", "account_id"}}
    return merge(defaults, body)


def planned(entry: Entry, accounts: Mapping[str, int]) -> PlannedTrade:
    """The canonical trade of an entry that fits the schema. Raises ``UnknownAccount``."""
    trade = wire.trade_from_body({**entry.body, "account_id": _account_id(entry.body, accounts)})
    return PlannedTrade(
        entry.name,
        entry.body,
        entry.document,
        entry.at,
        trade=trade,
        asked=trade,
        lifecycle=_lifecycle(entry.body.get("lifecycle")),
    )


def _account_id(body: Mapping[str, Node], accounts: Mapping[str, int]) -> int:
    if "account" in body:
        alias = str(body["account"])
        if alias not in accounts:
            known = ", ".join(sorted(accounts)) or "none"
            raise UnknownAccount(
                f"the account `{alias}` is not listed for this environment (known: {known})",
                ("account",),
                _nearest(alias, accounts),
                None if accounts else alias,
            )
        return accounts[alias]
    number = _whole(body["account_id"])
    if number not in accounts.values():
        known = ", ".join(str(value) for value in sorted(accounts.values())) or "none"
        raise UnknownAccount(
            f"account {number} is not listed for this environment (known: {known})",
            ("account_id",),
        )
    return number


def _nearest(alias: str, accounts: Mapping[str, int]) -> str | None:
    from difflib import get_close_matches

    lowered = {known.lower(): known for known in accounts}
    near = get_close_matches(alias.lower(), lowered, 1) if len(alias) <= _LONGEST_ALIAS else []
    return lowered[near[0]] if near else None


def parse_time(text: str) -> datetime | None:
    """An ISO 8601 time with its zone, in UTC; None when it has no zone or is none that there is."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _whole(value: Node) -> int:
    """A whole number that the schema has let through: ``1``, ``"1"``, ``1.0``."""
    number = wire.whole(value)
    assert number is not None  # noqa: S101
    return number


def _lifecycle(written: Node) -> Lifecycle:
    if not isinstance(written, dict):
        return Lifecycle()
    expect, valid_until = written.get("expect"), written.get("valid_until")
    adopt, renamed_from = written.get("adopt"), written.get("renamed_from")
    return Lifecycle(
        round=_whole(written.get("round", 1)),
        state=_STATES[str(written.get("state", "open"))],
        on_remove=_ON_REMOVE[str(written.get("on_remove", "keep"))],
        valid_until=parse_time(str(valid_until)) if valid_until is not None else None,
        expect=(
            Expect(price=Decimal(str(expect["price"])), within=Decimal(str(expect["within"])))
            if isinstance(expect, dict)
            else None
        ),
        adopt=_whole(adopt) if adopt is not None else None,
        renamed_from=str(renamed_from) if renamed_from is not None else None,
    )
