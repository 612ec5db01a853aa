"""Time that processes agree on, and that nobody can set back.

The wall clock can be moved while a run is going on; a monotonic one means nothing after a restart
of the machine. So a moment is kept as both: ticks count while the machine runs, the wall clock
bridges a restart.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from smartplan import times

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Moment(Struct, frozen=True):
    """``tick`` seconds on the clock of this ``boot`` of the machine, ``wall`` in Unix time."""

    boot: str
    tick: float
    wall: float

    def stamp(self) -> dict[str, object]:
        """What is kept of it beside an event, whose own time is the wall clock's."""
        return {"boot": self.boot, "tick": str(self.tick)}


def passed_since(stamp: Mapping[str, object], wall: float, now: Moment) -> float:
    """The seconds that have certainly passed ``now`` since a stamped moment at ``wall``.

    Within a boot the ticks count, so that nobody shortens a wait by setting the clock. Across boots
    only the wall clock is left; but a machine that started since has ticked no longer than that.
    """
    tick = stamp.get("tick")
    if tick is not None and stamp.get("boot") == now.boot:
        return max(0.0, now.tick - float(str(tick)))
    return max(0.0, min(now.wall - wall, now.tick))


def _this_boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


class Clocks(Struct, frozen=True):
    """The clocks of this machine."""

    ticks: Callable[[], float] = times.ticks
    wall: Callable[[], float] = times.unix_seconds
    boot: Callable[[], str] = _this_boot

    def now(self) -> Moment:
        """This moment, by all of them."""
        return Moment(self.boot(), self.ticks(), self.wall())
