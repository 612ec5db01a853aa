"""How fast an API key may be used, shared by every process of the user.

The service allows 100 requests in a minute per key and 40 listings in 10 seconds, and refuses
everything for 300 s after a 429, with a ban of the address (418) after that. Requests are granted
one by one under SQLite's write lock, so that all processes together stay below.
"""

import math
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from smartplan.errors import RateLimited
from smartplan.state.clocks import Clocks, Moment
from smartplan.state.database import Database

_PENALTY_SECONDS = 300.0
_SHORTEST_BAN = 120.0
_LONGEST_BAN = 3 * 86_400.0
# One request may take this much longer to arrive than the next; the service counts arrivals.
_TRAVEL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` requests in any ``seconds``; ``urgent`` ones may use the reserve."""

    name: str
    seconds: float
    limit: int
    urgent: int


REQUESTS = Window("requests per minute", 60.0, limit=90, urgent=100)
LISTINGS = Window("listings per 10 s", 10.0, limit=36, urgent=40)


class Progress(Protocol):
    """Told about every wait, before it begins."""

    def waiting(self, seconds: float, reason: str) -> None:
        """Nothing is sent for ``seconds``, for ``reason``."""
        ...


class Silence:
    """Progress that nobody follows."""

    def waiting(self, seconds: float, reason: str) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    seconds: float


class RateBudget:
    """The pace of one run; ``file`` is shared with other processes (``None``: with nobody).

    ``key`` is the fingerprint of an API key. ``urgent`` runs may use the requests kept in reserve.
    A full window is waited for; the end of a 429 only up to ``max_wait`` seconds; of a 418 never.
    """

    def __init__(
        self,
        file: Path | None,
        key: str,
        *,
        urgent: bool = False,
        max_wait: float = 0.0,
        progress: Progress | None = None,
        clocks: Clocks | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        # What is granted has to survive the death of a process, not of the machine.
        self._database = Database(file, "budget", synchronous="NORMAL", migrate=True)
        self._key = key
        self._urgent = urgent
        self._max_wait = max_wait
        self._progress = progress or Silence()
        self._clocks = clocks or Clocks()
        self._sleep = sleep

    @property
    def problem(self) -> str | None:
        """Why the file cannot be written, ``None`` if it can."""
        return self._database.problem

    def wait(self, *, listing: bool) -> None:
        """Return when one more request may be sent; ``RateLimited`` when that is too far away."""
        while True:
            delay, reason = self._ask(listing=listing)
            if delay <= 0:
                return
            self._progress.waiting(delay, reason)
            self._sleep(delay)

    def refused(self, status: int, retry_after: float | None) -> float:
        """Remember a 429 or 418 for all processes; the seconds until the next request."""
        now = self._clocks.now()
        with self._database.transaction() as connection:
            _catch_up(connection, now)
            seconds = max(retry_after or 0.0, _penalty(connection, status))
            connection.execute(
                "INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?)",
                (self._key, status, seconds, now.boot, now.tick, now.wall),
            )
        return seconds

    def used(self) -> Mapping[Window, int]:
        """How many requests of each window are in use now, by all processes."""
        now = self._clocks.now()
        with self._database.transaction() as connection:
            _catch_up(connection, now)
            return {
                window: len(self._granted(connection, window, now))
                for window in (REQUESTS, LISTINGS)
            }

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _ask(self, *, listing: bool) -> tuple[float, str]:
        """Take a grant, or say for how long there is none, and why."""
        now = self._clocks.now()
        with self._database.transaction() as connection:
            _catch_up(connection, now)
            refusal = self._refusal(connection, now)
            delay, reason = 0.0, ""
            if refusal is None:
                delay, reason = self._full(connection, now, listing=listing)
                if delay <= 0:
                    connection.execute(
                        "INSERT INTO granted VALUES (?, ?, ?, ?, ?)",
                        (self._key, listing, now.boot, now.tick, now.wall),
                    )
        if refusal is None:
            return delay, reason
        if refusal.status == 418 or refusal.seconds > self._max_wait:
            raise _refusal_error(refusal, now)
        return refusal.seconds, "the service asked for a pause (429)"

    def _refusal(self, connection: sqlite3.Connection, now: Moment) -> _Refusal | None:
        """The refusal that ends last; a ban is of the address and holds for every key."""
        row = connection.execute(
            "SELECT status, tick + seconds - ? AS rest FROM refused"
            " WHERE (api_key = ? OR status = 418) AND rest > 0"
            " ORDER BY status = 418 DESC, rest DESC LIMIT 1",
            (now.tick, self._key),
        ).fetchone()
        return None if row is None else _Refusal(*row)

    def _full(
        self, connection: sqlite3.Connection, now: Moment, *, listing: bool
    ) -> tuple[float, str]:
        delays = [(0.0, "")]
        for window in (REQUESTS, LISTINGS) if listing else (REQUESTS,):
            granted = self._granted(connection, window, now)
            excess = len(granted) - (window.urgent if self._urgent else window.limit)
            if excess >= 0:
                free_at = granted[excess] + window.seconds + _TRAVEL_SECONDS
                delays.append((free_at - now.tick, f"{len(granted)} {window.name}"))
        return max(delays)

    def _granted(self, connection: sqlite3.Connection, window: Window, now: Moment) -> list[float]:
        rows = connection.execute(
            "SELECT tick FROM granted WHERE api_key = ? AND tick > ? AND (listing OR ?)"
            " ORDER BY tick",
            (self._key, now.tick - window.seconds - _TRAVEL_SECONDS, window is REQUESTS),
        )
        return [tick for (tick,) in rows]


def _catch_up(connection: sqlite3.Connection, now: Moment) -> None:
    """Read what an earlier start of the machine wrote by the wall clock; drop what is over."""
    for table in ("granted", "refused"):
        connection.execute(
            f"UPDATE {table} SET tick = :tick - MAX(0, :wall - wall), boot = :boot"  # noqa: S608
            " WHERE boot <> :boot OR tick > :tick",
            {"tick": now.tick, "wall": now.wall, "boot": now.boot},
        )
    oldest = now.tick - REQUESTS.seconds - _TRAVEL_SECONDS
    connection.execute("DELETE FROM granted WHERE tick <= ?", (oldest,))
    connection.execute("DELETE FROM refused WHERE tick <= ?", (now.tick - _LONGEST_BAN,))


def _penalty(connection: sqlite3.Connection, status: int) -> float:
    """Bans grow with every offence: each one remembered doubles the shortest of them."""
    if status != 418:
        return _PENALTY_SECONDS
    (bans,) = connection.execute("SELECT COUNT(*) FROM refused WHERE status = 418").fetchone()
    return min(_SHORTEST_BAN * (1 << min(int(bans), 12)), _LONGEST_BAN)


def _refusal_error(refusal: _Refusal, now: Moment) -> RateLimited:
    end = datetime.fromtimestamp(now.wall + refusal.seconds, UTC)
    way_out = f"Waiting for it takes `--max-wait {math.ceil(refusal.seconds)}`."
    return RateLimited.until(
        end,
        refusal.status,
        seconds=refusal.seconds,
        hint=way_out if refusal.status == 429 else None,
    )


def budget_file(environ: Mapping[str, str]) -> Path | None:
    """Where the budget of this user lies, whatever the workspace; ``None`` for a homeless one."""
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        home = Path(environ.get("HOME", ""))
        if not home.is_absolute():
            return None
        state = home / ".local" / "state"
    return state / "smartplan" / "budget.db"
