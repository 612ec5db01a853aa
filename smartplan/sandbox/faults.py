"""Faults the application can be told to show: error answers, delays, listings that lag."""

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from smartplan.sandbox.fields import Fields
from smartplan.sandbox.rejection import invalid

MOMENTS: tuple[Literal["before", "after"], ...] = ("before", "after")


class Fault(Struct, frozen=True, kw_only=True):
    """What to do to requests that fit.

    ``status`` answers with that code instead, ``before`` or ``after`` the request was processed;
    ``html`` makes it a page, ``body`` is the exact text instead, ``retry_after`` (seconds) goes
    into that header. ``delay`` waits (seconds) at that moment. ``lag`` hides trades
    younger than that (seconds) from listings, ``cap`` is the most rows a page of them has, whatever
    was asked. ``path`` is the beginning of the path below
    ``/public/api``, ``skip`` lets that many fitting requests pass first, ``times`` is how often
    it strikes (``None``: always).
    """

    status: int | None = None
    when: Literal["before", "after"] = "before"
    html: bool = False
    body: str | None = None
    retry_after: int | None = None
    delay: float = 0
    lag: float = 0
    cap: int | None = None
    method: str | None = None
    path: str = ""
    skip: int = 0
    times: int | None = 1

    def fits(self, method: str, path: str) -> bool:
        """Whether it is meant for this request."""
        return self.method in (None, method) and path.startswith(self.path)


class Faults:
    """The faults that are switched on."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = list(faults)
        self._lock = Lock()

    def set(self, faults: Iterable[Fault]) -> None:
        """Replace them all."""
        with self._lock:
            self._faults = list(faults)

    def strike(self, method: str, path: str) -> Fault | None:
        """The first fault that fits this request, counted down."""
        with self._lock:
            for at, fault in enumerate(self._faults):
                if not fault.fits(method, path):
                    continue
                if fault.skip:
                    self._faults[at] = replace(fault, skip=fault.skip - 1)
                    return None
                if fault.times is None:
                    return fault
                if fault.times > 1:
                    self._faults[at] = replace(fault, times=fault.times - 1)
                else:
                    del self._faults[at]
                return fault
        return None


def read_fault(data: Mapping[str, object]) -> Fault:
    """A fault from the control endpoint's JSON; raises ``Rejection`` (400)."""
    fields = Fields(data, "", {})
    always = data.get("times", 1) is None
    delay, lag = (fields.decimal(key, required=False) for key in ("delay", "lag"))
    fault = Fault(
        status=fields.integer("status", required=False),
        when=fields.choice("when", MOMENTS, required=False) or "before",
        html=fields.boolean("html"),
        body=fields.text("body", required=False),
        retry_after=fields.integer("retry_after", required=False),
        delay=float(delay or 0),
        lag=float(lag or 0),
        cap=fields.integer("cap", required=False),
        method=fields.text("method", required=False),
        path=fields.text("path", required=False) or "",
        skip=fields.integer("skip", required=False) or 0,
        times=None if always else fields.integer("times", required=False) or 1,
    )
    if fields.errors:
        raise invalid(fields.errors)
    return fault
