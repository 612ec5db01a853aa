"""How fast an API key may be used, shared by every process of the user.

The service allows 100 requests in a minute per key and 40 listings in 10 seconds, and refuses
everything for 300 s after a 429, with a ban of the address (418) after that. Requests are granted
one by one in a ledger that one process at a time may open, so that all together stay below.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from smartplan import times
from smartplan.errors import LONGEST_BAN, ExitCode, RateLimited, Unreachable
from smartplan.resource import Resource
from smartplan.settings.environments import user_folder
from smartplan.state.clocks import Moment
from smartplan.state.ledger import Ledger, PostgresLedger, SqliteLedger
from smartplan.state.store import StoreUnusable
from smartplan.state.tables import Connection
from smartplan.state.url import in_postgres

_PENALTY_SECONDS = 300.0
_SHORTEST_BAN = 120.0
# One request may take this much longer to arrive than the next; the service counts arrivals.
_TRAVEL_SECONDS = 1.0


class Window(Struct, frozen=True):
    """At most ``limit`` requests in any ``seconds``; ``urgent`` ones may use the reserve."""

    name: str
    seconds: float
    limit: int
    urgent: int


# A25
REQUESTS = Window("requests per minute", 60.0, limit=90, urgent=100)
LISTINGS = Window("listings per 10 s", 10.0, limit=36, urgent=40)


class _Refusal(Struct, frozen=True):
    status: int
    seconds: float


class BudgetUnusable(Unreachable):
    """Nobody can say whether a request may be sent, so it was not."""

    exit_code = ExitCode.REFUSED


class RateBudget(Resource):
    """The pace of one run; its ``ledger`` is shared with other processes.

    ``key`` is the fingerprint of an API key. ``urgent`` runs may use the requests kept in reserve.
    ``waiting`` is told about every wait before it begins: its seconds, and why.
    A full window is waited for; the end of a 429 only up to ``max_wait`` seconds; of a 418 never.
    """

    def __init__(
        self,
        ledger: Ledger,
        key: str,
        *,
        urgent: bool = False,
        max_wait: float = 0.0,
        waiting: Callable[[float, str], None] = lambda _seconds, _reason: None,
        sleep: Callable[[float], None] = times.sleep,
    ) -> None:
        self._ledger = ledger
        self._key = key
        self._urgent = urgent
        self._max_wait = max_wait
        self._waiting = waiting
        self._sleep = sleep

    @property
    def problem(self) -> str | None:
        """Why nothing can be granted for all, ``None`` if it can."""
        return self._ledger.problem

    def wait(self, *, listing: bool) -> None:
        """Return when one more request may be sent; ``RateLimited`` when that is too far away.

        ``BudgetUnusable`` when nobody can be asked.
        """
        while True:
            try:
                delay, reason = self._ask(listing=listing)
            except StoreUnusable as error:
                raise BudgetUnusable(f"Nothing was sent: {error}", hint=error.hint) from error
            if delay <= 0:
                return
            self._waiting(delay, reason)
            self._sleep(delay)

    def refused(self, status: int, retry_after: float | None) -> float:
        """Remember a 429 or 418 for all processes; the seconds until the next request."""
        try:
            with self._ledger.turn() as (connection, now):
                _catch_up(connection, now)
                seconds = max(retry_after or 0.0, _penalty(connection, status))
                connection.execute(
                    "INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?)",
                    (self._key, status, seconds, now.boot, now.tick, now.wall),
                )
        except StoreUnusable:
            # Nobody is granted anything while it stays so; what the service said stands.
            return max(retry_after or 0.0, _PENALTY_SECONDS)
        return seconds

    def used(self) -> Mapping[Window, int]:
        """How many requests of each window are in use now, by all processes."""
        with self._ledger.turn() as (connection, now):
            _catch_up(connection, now)
            return {
                window: len(self._granted(connection, window, now))
                for window in (REQUESTS, LISTINGS)
            }

    def close(self) -> None:
        """Let go of the ledger."""
        self._ledger.close()

    def _ask(self, *, listing: bool) -> tuple[float, str]:
        """Take a grant, or say for how long there is none, and why."""
        with self._ledger.turn() as (connection, now):
            _catch_up(connection, now)
            refusal = self._refusal(connection, now)
            delay, reason = 0.0, ""
            if refusal is None:
                delay, reason = self._full(connection, now, listing=listing)
                if delay <= 0:
                    connection.execute(
                        "INSERT INTO granted VALUES (?, ?, ?, ?, ?)",
                        (self._key, int(listing), now.boot, now.tick, now.wall),
                    )
        if refusal is None:
            return delay, reason
        if refusal.status == 418 or refusal.seconds > self._max_wait:
            raise _refusal_error(refusal, now)
        return refusal.seconds, "the service asked for a pause (429)"

    def _refusal(self, connection: Connection, now: Moment) -> _Refusal | None:
        """The refusal that ends last; a ban is of the address and holds for every key."""
        row = connection.execute(
            "SELECT status, tick + seconds FROM refused"
            " WHERE (api_key = ? OR status = 418) AND tick + seconds > ?"
            " ORDER BY CASE WHEN status = 418 THEN 0 ELSE 1 END, tick + seconds DESC LIMIT 1",
            (self._key, now.tick),
        ).fetchone()
        return None if row is None else _Refusal(row[0], row[1] - now.tick)

    def _full(self, connection: Connection, now: Moment, *, listing: bool) -> tuple[float, str]:
        delays = [(0.0, "")]
        for window in (REQUESTS, LISTINGS) if listing else (REQUESTS,):
            granted = self._granted(connection, window, now)
            excess = len(granted) - (window.urgent if self._urgent else window.limit)
            if excess >= 0:
                free_at = granted[excess] + window.seconds + _TRAVEL_SECONDS
                delays.append((free_at - now.tick, f"{len(granted)} {window.name}"))
        return max(delays)

    def _granted(self, connection: Connection, window: Window, now: Moment) -> list[float]:
        rows = connection.execute(
            "SELECT tick FROM granted WHERE api_key = ? AND tick > ? AND listing >= ?"
            " ORDER BY tick",
            (self._key, now.tick - window.seconds - _TRAVEL_SECONDS, int(window is LISTINGS)),
        )
        return [tick for (tick,) in rows.fetchall()]


def _catch_up(connection: Connection, now: Moment) -> None:
    """Read what an earlier start of the machine wrote by the wall clock; drop what is over."""
    for table in ("granted", "refused"):
        connection.execute(
            f"UPDATE {table} SET boot = ?,"  # noqa: S608 - constants only
            " tick = CASE WHEN wall < ? THEN ? - (? - wall) ELSE ? END"
            " WHERE boot <> ? OR tick > ?",
            (now.boot, now.wall, now.tick, now.wall, now.tick, now.boot, now.tick),
        )
    oldest = now.tick - REQUESTS.seconds - _TRAVEL_SECONDS
    connection.execute("DELETE FROM granted WHERE tick <= ?", (oldest,))
    connection.execute("DELETE FROM refused WHERE tick <= ?", (now.tick - LONGEST_BAN,))


def _penalty(connection: Connection, status: int) -> float:
    """Bans grow with every offence: each one remembered doubles the shortest of them."""
    if status != 418:
        return _PENALTY_SECONDS
    (bans,) = connection.execute("SELECT COUNT(*) FROM refused WHERE status = 418").fetchone()
    return min(_SHORTEST_BAN * (1 << min(int(bans), 12)), LONGEST_BAN)


def _refusal_error(refusal: _Refusal, now: Moment) -> RateLimited:
    end = datetime.fromtimestamp(now.wall + refusal.seconds, UTC)
    way_out = f"Waiting for it takes `--max-wait {math.ceil(refusal.seconds)}`."
    return RateLimited.until(
        end,
        refusal.status,
        seconds=refusal.seconds,
        hint=way_out if refusal.status == 429 else None,
    )


def open_ledger(state_url: str, environ: Mapping[str, str]) -> Ledger:
    """The ledger of a workspace: in its PostgreSQL, else in the file of the user."""
    return (
        PostgresLedger(state_url) if in_postgres(state_url) else SqliteLedger(budget_file(environ))
    )


def budget_file(environ: Mapping[str, str]) -> Path | None:
    """Where the budget of this user lies, whatever the workspace; ``None`` for a homeless one."""
    folder = user_folder(environ)
    return folder / "budget.db" if folder is not None else None
