"""The record of a run: what was meant, sent, answered and decided, in words of the domain.

Nothing here knows headers, keys or signatures, so none can be stored.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property

from smartplan.state.clocks import Clocks
from smartplan.state.store import (
    Change,
    Claim,
    CloseClaim,
    Event,
    EventKind,
    Forget,
    ForgetAll,
    Identity,
    KnownTrade,
    LockScope,
    OpenClaim,
    Remember,
    Store,
    UseChangeset,
)
from smartplan.times import utc_now

Details = Mapping[str, object]

CHECKED = "the service"
"""Under which name checks are written down: no trade can have it."""


class Journal:
    """Writes the events of one run into a store. Every method raises ``StoreUnusable``."""

    def __init__(
        self,
        store: Store,
        scope: LockScope,
        run: str,
        *,
        now: Callable[[], datetime] = utc_now,
        clocks: Clocks | None = None,
    ) -> None:
        self._store = store
        self._scope = scope
        self._run = run
        self._now = now
        self._clocks = clocks or Clocks()

    def identity(self, name: str, round_: int) -> Identity:
        """The identity of a trade in this journal's scope."""
        return Identity(self._scope, name, round_)

    def started(self, command: str, details: Details, *, changeset: str | None = None) -> None:
        """A run begins; ``ChangesetUsed`` when it is to apply a ``changeset`` again."""
        changes = () if changeset is None else (UseChangeset(changeset),)
        self._write(EventKind.RUN, {"command": command, **details}, changes)

    def intended(
        self,
        identity: Identity | None,
        action: str,
        body: Details | None,
        *,
        trade_id: int | None = None,
        claims: bool = True,
    ) -> None:
        """A request that changes something is about to be sent; on disk before this returns.

        Claims ``identity`` for it unless the step is a later one of an action that has: then
        ``ClaimHeld`` when an earlier intent has no outcome yet. A person who acts on a live trade
        directly names no identity, and waits for no claim.
        """
        data = {"action": action, "body": body, "clock": self._clocks.now().stamp()}
        claim = (OpenClaim(identity),) if identity is not None and claims else ()
        self._write(EventKind.INTENT, data, claim, identity=identity, trade_id=trade_id)

    def answered(
        self, identity: Identity | None, what: Details, *, trade_id: int | None = None
    ) -> None:
        """What came back, or how it failed to."""
        self._write(EventKind.ANSWER, what, identity=identity, trade_id=trade_id)

    def settled(
        self,
        identity: Identity,
        result: str,
        details: Details | None = None,
        *,
        known: KnownTrade | None = None,
    ) -> None:
        """The outcome of an intent is known: its claim is free, its live trade remembered."""
        self._close(EventKind.OUTCOME, identity, {"result": result, **(details or {})}, known)

    def left_open(self, identity: Identity, result: str, details: Details | None = None) -> None:
        """The outcome is unknown: the claim stays."""
        self._write(EventKind.OUTCOME, {"result": result, **(details or {})}, identity=identity)

    def resolved(
        self, identity: Identity, how: str, reason: str, *, known: KnownTrade | None = None
    ) -> None:
        """A person settled an unknown outcome."""
        self._close(EventKind.RESOLVE, identity, {"how": how, "reason": reason}, known)

    def overrode(
        self, rule: str, reason: str, breach: str = "", *, identity: Identity | None = None
    ) -> None:
        """A person set a guard rail aside, of one trade or of all; ``breach`` is what it said."""
        data = {"rule": rule, "reason": reason, "breach": breach}
        self._write(EventKind.OVERRIDE, data, identity=identity)

    def remembered(self, known: KnownTrade, result: str) -> None:
        """A live trade was seen without any request of ours: adopted, finished, found."""
        changes = (Remember(known),)
        self._write(
            EventKind.OUTCOME,
            {"result": result},
            changes,
            identity=known.identity,
            trade_id=known.trade_id,
        )

    def forgotten(self, name: str) -> None:
        """The name is managed no more; its live trade is left as it is."""
        data = {"how": "forget", "name": name}
        self._write(EventKind.RESOLVE, data, (Forget(self._scope, name),))

    def reset(self) -> None:
        """The exchange of this scope is emptied: nothing of it is known any more, under the lock.

        Events stay, and so does everything of another scope.
        """
        with self._store.lock(self._scope, self._run):
            self._write(EventKind.RESOLVE, {"how": "reset"}, (ForgetAll(self._scope),))

    def tested(self, verdicts: Mapping[str, str], requests: int) -> None:
        """What a check of the service has found of each assumption, by its id."""
        data = {"verdicts": dict(verdicts), "requests": requests}
        self._write(EventKind.CHECK, data, identity=self.identity(CHECKED, 1))

    def checks(self) -> tuple[Event, ...]:
        """The checks that bear on this scope, oldest first: paper and real are one service."""
        here = self._scope.environment
        environments = ("paper", "real") if here in {"paper", "real"} else (here,)
        found = [
            event
            for name in environments
            for event in self._store.events(LockScope(self._scope.workspace, name), name=CHECKED)
            if event.kind is EventKind.CHECK
        ]
        return tuple(sorted(found, key=lambda event: event.number))

    @cached_property
    def verdicts(self) -> Mapping[str, str]:
        """What checks have found of each assumption, by its id; the latest word counts."""
        found: dict[str, str] = {}
        for event in self.checks():
            said = event.data.get("verdicts")
            found |= said if isinstance(said, Mapping) else {}
        return found

    @property
    def known_false(self) -> frozenset[str]:
        """The ids of the assumptions that checks have found to be false, as far as they bear here.

        Whether paper is paper is nothing that a run with real money rests on.
        """
        false = frozenset(key for key, word in self.verdicts.items() if word == "does not hold")
        return false - {"A17"} if self._scope.environment == "real" else false

    def history(self, name: str | None = None) -> tuple[Event, ...]:
        """Every event of the scope, or of one name, oldest first.

        With a name's come those of its trades that were done by hand, which go by the id alone.
        """
        listed = self._store.events(self._scope, name=name)
        ids = {event.trade_id for event in listed if event.trade_id is not None}
        if name is None or not ids:
            return listed
        return tuple(
            event
            for event in self._store.events(self._scope)
            if event.name == name or (event.name is None and event.trade_id in ids)
        )

    def open_claims(self) -> tuple[Claim, ...]:
        """Intents without a known outcome, oldest first."""
        return self._store.claims(self._scope)

    def left_in_doubt(self, doubt: str) -> bool:
        """Whether an open intent was left open for this reason."""
        runs = {(claim.identity.name, claim.intent.run) for claim in self.open_claims()}
        return any(
            event.data.get("doubt") == doubt and event.run == run
            for name, run in runs
            for event in self._store.events(self._scope, name=name)
        )

    def known_trades(self) -> tuple[KnownTrade, ...]:
        """Live trades by name and round, as last recorded."""
        return self._store.trades(self._scope)

    def _close(
        self, kind: EventKind, identity: Identity, data: Details, known: KnownTrade | None
    ) -> None:
        changes: tuple[Change, ...] = (CloseClaim(identity),)
        if known is not None:
            changes = (*changes, Remember(known))
        trade_id = None if known is None else known.trade_id
        self._write(kind, data, changes, identity=identity, trade_id=trade_id)

    def _write(
        self,
        kind: EventKind,
        data: Details,
        changes: tuple[Change, ...] = (),
        *,
        identity: Identity | None = None,
        trade_id: int | None = None,
    ) -> None:
        event = Event(
            at=self._now(),
            run=self._run,
            kind=kind,
            scope=self._scope,
            name=None if identity is None else identity.name,
            round=None if identity is None else identity.round,
            trade_id=trade_id,
            data=data,
        )
        self._store.record(event, *changes)
