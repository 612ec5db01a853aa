"""What changes nothing: lists in every spelling, and signatures in every form."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal, cast

from msgspec.structs import replace

from smartplan.api.client import SmartTradeClient, TradeFilter
from smartplan.api.conformance import Tested, Verdict, broken, held, noted
from smartplan.errors import Rejected
from smartplan.trade.listing import Listing
from smartplan.trade.marker import stored_note
from smartplan.trade.wire import table
from smartplan.workflow.conformance.lab import Lab, says_something

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
    none = _none_of(client, account, tomorrow)
    seen = f"from={yesterday} lists {_count(oldest)}, from={tomorrow} {_count(none)}"
    yield held("A23", _by_creation(oldest, none, newest, ours), seen)
    yield noted(f"from={moment}, order_direction=DESC: {_count(newest)}")
    yield from _ordered(oldest, newest, ours)
    yield from _not_executed(lab, oldest, newest)
    yield _past_the_last(client, account)


def _none_of(client: SmartTradeClient, account: int, tomorrow: str) -> Listing | str:
    """What is listed from tomorrow on, by the older spelling of a status where it is taken."""
    later = TradeFilter(account_id=account, status="successfully_finished", created_from=tomorrow)
    listed = _asked(client, later, "asc")
    if isinstance(listed, str):
        listed = _asked(client, replace(later, status="all"), "asc")
    return listed


def _not_executed(lab: Lab, oldest: Listing | str, newest: Listing | str) -> Iterator[Tested]:
    """No trade of the check is listed but those whose create was taken."""
    if not lab.refused:
        return
    rows = [live for page in (oldest, newest) if not isinstance(page, str) for live in page.trades]
    if not lab.opened.keys() <= {live.id for live in rows}:
        yield held("A07", None, f"{lab.refused}, but the lists do not show all trades of the check")
        return
    ours = {live.id for live in rows if lab.token in stored_note(live.raw)}
    strange = sorted(ours - lab.opened.keys())
    seen = f", and is there as #{strange[0]}" if strange else ", and nothing of it is there"
    yield held("A07", not strange, lab.refused + seen)


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


def _past_the_last(client: SmartTradeClient, account: int) -> Tested:
    """By today's spelling of the same status, else by the older one."""
    far: Listing | str = ""
    for word in ("successfully_finish", "successfully_finished"):
        far = _asked(client, TradeFilter(account_id=account, status=word), "asc", FAR_PAGE)
        if not isinstance(far, str):
            return held("A05", not len(far), f"page {FAR_PAGE} of {word} has {len(far)} rows")
    return held("A05", None, f"page {FAR_PAGE} is {far}")


def _asked(
    client: SmartTradeClient, criteria: TradeFilter, order: _Order, page: int = 1
) -> Listing | str:
    """The page, or why it is refused."""
    try:
        return client.list_trades(criteria, page=page, order_direction=order)
    except Rejected as error:
        if not says_something(error):
            raise
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
    yield from _bare(lab)


def _bare(lab: Lab) -> Iterator[Tested]:
    """The orders of the position are asked for so: when it is over, none of them may be open."""
    number = max(lab.opened, default=None)
    path = "/ver1/validate" if number is None else f"/v2/smart_trades/{number}/trades"
    try:
        answer, refused = lab.meter.request("GET", f"{path}?"), None
    except Rejected as error:
        # A key that is refused, or too many requests, are so whatever is signed: this raises.
        answer, refused = lab.meter.request("GET", path), error
    if refused is None:
        yield Tested("A24", Verdict.HOLDS, "GET with a bare ? is taken")
    else:
        yield broken("A24", f"GET with a bare ? is refused: {refused}")
    if number is not None:
        yield from _orders(lab, number, answer)


def _orders(lab: Lab, number: int, answer: object) -> Iterator[Tested]:
    if number not in lab.over or not isinstance(answer, list):
        return
    rows = [row for row in map(table, answer) if row is not None]
    open_ = [str(row.get("status")) for row in rows if row.get("cancelable") is True]
    told = f"{len(rows)} orders of a trade that is over, {len(open_)} of them can be cancelled"
    yield held("A19", not open_, told)
