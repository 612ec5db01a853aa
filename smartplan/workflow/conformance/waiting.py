"""A trade that waits far from the market: its note, its status, edits, funds, and its end."""

from collections.abc import Iterator
from decimal import Decimal

from smartplan.api.client import TradeFilter
from smartplan.api.conformance import Tested, broken, held, noted, untried
from smartplan.api.entities import PAPER
from smartplan.changes.execute.executor import SETTLE_PAUSES, StepEnd
from smartplan.changes.execute.steps import Endpoint
from smartplan.changes.execute.windows import LISTING_LAG
from smartplan.changes.fingerprint import Trait, traits
from smartplan.document.scalars import number_text
from smartplan.errors import Rejected
from smartplan.trade.bodies import Json
from smartplan.trade.marker import stored_note
from smartplan.trade.model import SETTLING, LiveTrade
from smartplan.trade.position import allowed, shown_price
from smartplan.trade.rounding import exact
from smartplan.trade.wire import table
from smartplan.workflow.conformance.lab import Lab, NotOnPaper, echoed

TEXT = "&<>é😀 two  spaces"
_LIMITS = 422
"""How the service refuses what is outside of the exchange's limits."""
_LOOKS = (1.0, 9.0, 50.0)
"""Pauses between the looks at a cancelled trade: 1, 10 and 60 s after it was asked for."""


def waiting_trade(lab: Lab) -> Iterator[Tested]:
    """Everything that a trade shows before it is filled."""
    start = lab.clock()
    sent, live = lab.create(lab.entry(), TEXT)
    yield from on_paper(live)
    yield from _paid(lab, live)
    yield from _note(lab, sent, live)
    lab.settle()
    yield from _listed(lab, live.id, start)
    live = lab.opened[live.id]
    for seconds in (*SETTLE_PAUSES, 12.0):
        if live.status not in SETTLING:
            break
        lab.pause(seconds)
        live = lab.look(live.id)
    yield from _settled(lab, live, start)
    yield from _note(lab, sent, live)
    yield noted(_flags(live))
    if live.status not in SETTLING:
        yield from _edits(lab, live)
    yield from _cancelled(lab, live.id)


def on_paper(live: LiveTrade) -> Iterator[Tested]:
    """Whether the trade itself says so, too. Raises ``NotOnPaper``: a check goes no further."""
    kind = (table(live.raw.get("account")) or {}).get("type")
    if kind is None:
        yield held("A17", None, "the trade does not say on what account it is")
        return
    paper = str(kind).startswith(PAPER)
    yield held("A17", paper, f"the trade says that its account is {kind}")
    if not paper:
        raise NotOnPaper(f"#{live.id} is on an account that is {kind}, not {PAPER}")


def _paid(lab: Lab, live: LiveTrade) -> Iterator[Tested]:
    """The account lists at least what the trade, which was taken, is worth."""
    if lab.free is None:
        return
    # The report may be attached to an issue: what the account has is nobody's business there.
    need = _need(lab, live)
    enough, asked = lab.free >= need, number_text(need)
    listed = "enough" if enough else "less"
    yield held("A28", enough, f"an order for {asked} is taken, and {listed} is listed")


@exact
def _need(lab: Lab, live: LiveTrade) -> Decimal:
    leverage = live.trade.leverage
    worth = lab.contract.value(lab.grid.units, lab.grid.entry)
    return worth / leverage.value if leverage is not None and leverage.value else worth


def _note(lab: Lab, sent: str, live: LiveTrade) -> Iterator[Tested]:
    stored, shown = stored_note(live.raw), live.raw.get("note")
    lab.notes_hold = same = stored.split() == sent.split()
    raw = "note_raw" if live.raw.get("note_raw") else "note"
    yield held(
        "A01",
        same,
        f"{raw} as it was sent" if same else f"{sent!r} came back as {stored!r}",
    )
    if same:
        spaces = stored == sent
        seen = "two spaces stay" if spaces else f"{sent!r} came back as {stored!r}"
        yield held("A02", spaces, seen)
    if shown != stored:
        yield noted(f"note is {shown!r} where note_raw is {stored!r}")


def _listed(lab: Lab, trade_id: int, start: float) -> Iterator[Tested]:
    query = TradeFilter(account_id=lab.account.id, status="active")
    for pause in (0.0, 2.0, 8.0):
        lab.pause(pause)
        listed = lab.client.list_trades(query, order_direction="desc").trades
        if found := next((row for row in listed if row.id == trade_id), None):
            lab.saw(found)
            took = lab.elapsed(start)
            yield held("A03", took <= LISTING_LAG + 2, f"listed {took:.0f} s after its create")
            return
    yield broken("A03", f"not listed {lab.elapsed(start):.0f} s after its create")


def _settled(lab: Lab, live: LiveTrade, start: float) -> Iterator[Tested]:
    took, most = lab.elapsed(start), sum(SETTLE_PAUSES)
    if live.status in SETTLING:
        yield broken("A04", f"still {live.status} after {took:.0f} s")
        return
    listed = f"{live.status} within {took:.0f} s"
    yield held("A04", True if took <= most + 12 else None, f"{listed} ({most:.0f} s are waited)")


def _price_is_editable(live: LiveTrade) -> bool:
    position = table(live.raw.get("position")) or {}
    price, data = table(position.get("price")) or {}, table(live.raw.get("data")) or {}
    return price.get("editable") is not False and data.get("editable") is not False


def _flags(live: LiveTrade) -> str:
    position = table(live.raw.get("position")) or {}
    price, units = (table(position.get(key)) or {} for key in ("price", "units"))
    data = table(live.raw.get("data")) or {}
    said = {
        "data": data.get("editable"),
        "position": position.get("editable"),
        "price": price.get("editable"),
        "units": units.get("editable"),
        "add_funds": data.get("add_funds_available"),
    }
    return "while it waits, editable: " + ", ".join(f"{key} {value}" for key, value in said.items())


def _edits(lab: Lab, live: LiveTrade) -> Iterator[Tested]:
    """Each edit is read by the one after it."""
    number, entry = live.id, lab.grid.entry
    price = (entry * Decimal("0.99")).quantize(entry)
    body: dict[str, Json] = {"position": echoed(live, price)}
    first = lab.send(Endpoint.UPDATE, number, body, just_read=True)
    bare = lab.send(Endpoint.UPDATE, number, {"position": echoed(live)})
    now = lab.opened[number]
    taken = first.error is None and shown_price(now) == price
    fits = None if _but_for_limits(first) is None else taken == _price_is_editable(live)
    yield held("A16", fits, f"a change of the price is {_word(first)}: {shown_price(now)}")
    yield noted(f"PATCH without a price is {_word(bare)}")
    yield from _stays(live, now, ("take_profit", "stop_loss", "leverage"))
    position = echoed(now, shown_price(now))
    trailing = lab.stop(trailing={"enabled": True})
    end = lab.send(Endpoint.UPDATE, number, {"position": position, "stop_loss": trailing})
    seen = f"a trailing stop without percent is {_word(end)}"
    yield held("A15", taken_of(end, "stop_loss"), seen)
    before = lab.opened[number]
    alone = {"stop_loss": lab.stop(trailing={"enabled": True, "percent": "2"})}
    end = lab.send(Endpoint.UPDATE, number, alone)
    yield noted(f"PATCH of a stop alone, trailing with percent, is {_word(end)}")
    yield from _stays(before, lab.opened[number], ("take_profit", "leverage"))
    before = lab.opened[number]
    body = {"units": number_text(lab.grid.least), "limit": number_text(entry)}
    end = lab.send(Endpoint.ADD_FUNDS, number, body)
    after = lab.opened[number]
    yield from _stays(before, after, ("position", "take_profit", "leverage"))
    said = f"{_word(end)} (flag: {allowed(after, 'add_funds_available')})"
    yield held("A21", _but_for_limits(end), f"add_funds while it waits is {said}")


def taken_of(end: StepEnd, group: str) -> bool | None:
    """Whether it was taken; undecided where something else of the body was refused."""
    refused = end.error
    if isinstance(refused, Rejected) and refused.attributes:
        blamed = any(key.startswith(group) for key in refused.attributes)
        return False if blamed else None
    return None if refused is not None else True


def _but_for_limits(end: StepEnd) -> bool | None:
    """Whether it was taken; a limit that it broke decides nothing."""
    limit = isinstance(end.error, Rejected) and end.error.status == _LIMITS
    return None if limit else end.error is None


def _stays(before: LiveTrade, after: LiveTrade, groups: tuple[str, ...]) -> Iterator[Tested]:
    """What a PATCH has left out is as it was."""
    was, now = traits(before)[Trait.FIELDS], traits(after)[Trait.FIELDS]
    for group in groups:
        changed = sorted(
            key for key in {*was, *now} if key.startswith(group) and was.get(key) != now.get(key)
        )
        if group == "leverage" and before.trade.leverage is None:
            yield untried("A10", "the trade has no leverage; name a futures account with --account")
            continue
        number = "A10" if group == "leverage" else "A09"
        seen = f"{group} stays" if not changed else f"{', '.join(changed)} changed"
        yield held(number, not changed, seen)
    kept = stored_note(after.raw).split() == stored_note(before.raw).split()
    gone = f"the note became {stored_note(after.raw)!r}"
    yield held("A27", kept, "the note stays" if kept else gone)


def _cancelled(lab: Lab, trade_id: int) -> Iterator[Tested]:
    end = lab.send(Endpoint.CANCEL, trade_id)
    if end.error is not None:
        yield broken("A20", f"cancelling is {_word(end)}")
        return
    seen: list[str] = []
    now, after, ended = lab.opened[trade_id], 0.0, False
    for pause in _LOOKS[:1] if lab.embedded else _LOOKS:
        lab.pause(pause)
        now, after = lab.look(trade_id), after + pause
        ended = ended or (now.status == "cancelled" and after <= LISTING_LAG)
        seen.append(f"{now.status} after {after:.0f} s")
    yield held("A20", ended, ", ".join(seen))
    filled = now.entered or now.status not in {"cancelled", "cancellation_pending"}
    amount = number_text(now.entered_amount)
    yield held("A13", not filled, f"{now.status} with {amount} entered after {after:.0f} s")


def _word(end: StepEnd) -> str:
    return "taken" if end.error is None else f"refused: {end.error}"
