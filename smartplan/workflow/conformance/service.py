"""What changes nothing: lists in every spelling, and signatures in every form."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal, cast

from smartplan.api.client import SmartTradeClient, TradeFilter
from smartplan.api.conformance import Tested, Verdict, broken, held, noted
from smartplan.errors import Rejected
from smartplan.trade.listing import Listing
from smartplan.workflow.conformance.lab import Lab

_Order = Literal["asc", "desc"]
FAR_PAGE = 1000


def lists(lab: Lab) -> Iterator[Tested]:
    """100 a page, both orders, both ways to write a date and a status, and past the last page."""
    now, client = lab.session.now(), lab.client
    ours, account = sorted(lab.opened), lab.account.id
    yesterday, tomorrow = ((now + timedelta(days=days)).date().isoformat() for days in (-1, 2))
    moment = (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    by_date = TradeFilter(account_id=account, status="all", created_from=yesterday)
    oldest = _asked(client, by_date, "asc")
    by_moment = TradeFilter(account_id=account, status="all", created_from=moment)
    newest = _asked(client, by_moment, cast("_Order", "DESC"))
    later = TradeFilter(account_id=account, status="all", created_from=tomorrow)
    none = _asked(client, later, "asc")
    seen = f"from={yesterday} lists {_count(oldest)}, from={tomorrow} {_count(none)}"
    yield held("A23", _by_creation(oldest, none, newest, ours), seen)
    yield noted(f"from={moment}, order_direction=DESC: {_count(newest)}")
    yield from _ordered(oldest, newest, ours)
    yield from _past_the_last(client, account)


def _by_creation(
    since: Listing | str, later: Listing | str, other: Listing | str, ours: list[int]
) -> bool | None:
    """Whether a date lists what it should; undecided where another list lacks the same."""
    if isinstance(since, str) or isinstance(later, str) or len(later):
        return False
    missing = set(ours) - _of(since, ours)
    if not missing:
        return True
    return False if not isinstance(other, str) and missing & _of(other, ours) else None


def _ordered(oldest: Listing | str, newest: Listing | str, ours: list[int]) -> Iterator[Tested]:
    if isinstance(oldest, str) or len(ours) < 2:
        yield held("A06", None, "fewer than two trades to be ordered")
        return
    up = [live.id for live in oldest.trades if live.id in ours]
    yield held("A06", up == sorted(up), f"asc gives {', '.join(map(str, up)) or 'none'}")
    if not isinstance(newest, str):
        down = [live.id for live in newest.trades if live.id in ours]
        yield noted(f"DESC gives {', '.join(map(str, down)) or 'none'}")


def _past_the_last(client: SmartTradeClient, account: int) -> Iterator[Tested]:
    for word in ("successfully_finished", "successfully_finish"):
        far = _asked(client, TradeFilter(account_id=account, status=word), "asc", FAR_PAGE)
        taken = not isinstance(far, str)
        yield noted(f"status={word} is {'taken' if taken else far}")
        if taken:
            yield held("A05", not len(far), f"page {FAR_PAGE} has {len(far)} rows")


def _asked(
    client: SmartTradeClient, criteria: TradeFilter, order: _Order, page: int = 1
) -> Listing | str:
    """The page, or why it is refused."""
    try:
        return client.list_trades(criteria, page=page, order_direction=order)
    except Rejected as error:
        return f"refused: {error}"


def _of(listing: Listing, ours: list[int]) -> set[int]:
    return {live.id for live in listing.trades if live.id in ours}


def _count(listing: Listing | str) -> str:
    return listing if isinstance(listing, str) else f"{len(listing)} trades"


def signing(lab: Lab) -> Iterator[Tested]:
    """The form that the service took of bodies, and a path with nothing behind its ``?``."""
    forms = lab.meter.forms
    if forms is not None:
        official = forms.current == 0
        yield held("A08", official, "taken" if official else "refused; without the ? it is taken")
    yield _bare(lab)


def _bare(lab: Lab) -> Tested:
    try:
        lab.meter.request("GET", "/ver1/validate?")
    except Rejected as error:
        return broken("A24", f"GET with a bare ? is refused: {error}")
    return Tested("A24", Verdict.HOLDS, "GET with a bare ? is taken")
