"""What outlives a run: the journal's events, open claims, known trades, used changesets.

``Store`` is all a driver has to offer. Every write is one event and what follows from it, made
durable together or not at all.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field

from smartplan.errors import SafetyRefusal
from smartplan.resource import Resource


class StoreUnusable(SafetyRefusal):
    """The store cannot be read or written: nothing that needs it may go on."""


class ClaimHeld(SafetyRefusal):
    """Another intent of the same trade is still open."""


class ChangesetUsed(SafetyRefusal):
    """A saved changeset is applied once."""


class LockHeld(SafetyRefusal):
    """Another run is changing the same workspace and environment."""


class LockScope(Struct, frozen=True, order=True):
    """What one lock covers."""

    workspace: str
    environment: str


class Identity(Struct, frozen=True, order=True):
    """One trade, once: raising its round makes another identity."""

    scope: LockScope
    name: str
    round: int


class EventKind(StrEnum):
    """What an event records."""

    RUN = "run"
    INTENT = "intent"
    REQUEST = "request"
    ANSWER = "answer"
    OUTCOME = "outcome"
    OVERRIDE = "override"
    RESOLVE = "resolve"
    CHECK = "check"


class Event(Struct, frozen=True, kw_only=True):
    """A line of the journal. ``data`` is JSON; ``number`` is given by the store, 0 before that."""

    at: datetime
    run: str
    kind: EventKind
    scope: LockScope
    name: str | None = None
    round: int | None = None
    trade_id: int | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    number: int = 0


class Claim(Struct, frozen=True):
    """An intent whose outcome nobody has recorded yet."""

    identity: Identity
    intent: Event


class KnownTrade(Struct, frozen=True, kw_only=True):
    """The live trade of an identity.

    ``applied`` is the body as last applied, ``ended`` the terminal status once it was seen.
    """

    identity: Identity
    trade_id: int
    applied: Mapping[str, object] | None = None
    ended: str | None = None


class OpenClaim(Struct, frozen=True):
    """Claim the identity for the event; ``ClaimHeld`` when it is claimed already."""

    identity: Identity


class CloseClaim(Struct, frozen=True):
    """The outcome is known: the identity is free again."""

    identity: Identity


class Remember(Struct, frozen=True):
    """Know this live trade from now on, in the place of what was known of its identity.

    Under another name or round it is known no more: a trade that was renamed leaves its old name.
    """

    trade: KnownTrade


class Forget(Struct, frozen=True):
    """Know no live trade of this name any more, in any round; open claims stay."""

    scope: LockScope
    name: str


class ForgetAll(Struct, frozen=True):
    """Know no live trade and no open claim of this scope any more; what happened stays."""

    scope: LockScope


class UseChangeset(Struct, frozen=True):
    """A saved changeset is being applied; ``ChangesetUsed`` the second time."""

    id: str


Change = OpenClaim | CloseClaim | Remember | Forget | ForgetAll | UseChangeset


class Store(Resource, Protocol):
    """Where events and what follows from them are kept. Methods raise ``StoreUnusable``."""

    @property
    def read_only(self) -> str | None:
        """Why nothing can be written, ``None`` if it can."""
        ...

    def record(self, event: Event, *changes: Change) -> int:
        """Append ``event`` and make ``changes`` with it, durably; the number of the event."""
        ...

    def events(self, scope: LockScope, *, name: str | None = None) -> tuple[Event, ...]:
        """The journal of a scope, oldest first."""
        ...

    def claims(self, scope: LockScope) -> tuple[Claim, ...]:
        """Open claims, oldest first."""
        ...

    def trades(self, scope: LockScope) -> tuple[KnownTrade, ...]:
        """Known live trades by name and round."""
        ...

    def lock(self, scope: LockScope, run: str) -> AbstractContextManager[None]:
        """Keep other runs from changing ``scope``; ``LockHeld`` says who does."""
        ...

    @property
    def version(self) -> int:
        """How many migrations it has been through."""
        ...

    def problems(self) -> tuple[str, ...]:
        """What a check of the store finds wrong."""
        ...
