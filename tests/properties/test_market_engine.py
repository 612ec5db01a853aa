"""What holds for every trade on every path of prices."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartplan.sandbox.branches import ways
from smartplan.sandbox.market import advance
from smartplan.sandbox.paths import Candle, Walk, trade_from_body
from smartplan.sandbox.trade import ENTERING, Tick
from smartplan.sandbox.turn import MarketRules
from tests.cash_flow import cash_of

START = datetime(2026, 11, 22, tzinfo=UTC)
MIDDLE = 100

prices = st.integers(min_value=80, max_value=120)
series = st.sampled_from(["bid", "ask", "last"])
percents = st.sampled_from(["0.5", "2", "7.5"])


@st.composite
def entries(draw, *, trailing=True):
    kind = draw(st.sampled_from(["market", "limit", "conditional"]))
    entry = {
        "type": draw(st.sampled_from(["buy", "sell"])),
        "order_type": kind,
        "units": {"value": draw(st.sampled_from(["1", "3", "0.07"]))},
    }
    if kind == "limit":
        entry["price"] = {"value": draw(prices)}
    if kind == "conditional":
        inner = draw(st.sampled_from(["market", "limit"]))
        trigger = {"value": draw(prices), "type": draw(series)}
        entry["conditional"] = {"price": trigger, "order_type": inner}
        if inner == "limit":
            entry["price"] = {"value": draw(prices)}
        elif trailing and draw(st.booleans()):
            entry["conditional"]["trailing"] = {"enabled": True, "percent": draw(percents)}
    return entry


def target(draw, percent):
    kind = draw(series)
    if percent:
        return {"type": kind, "percent": draw(percents)}
    return {"type": kind, "value": draw(prices)}


@st.composite
def bodies(draw, *, trailing=True):
    entry = draw(entries(trailing=trailing))
    percent = "trailing" in entry.get("conditional", {})
    volumes = draw(st.sampled_from([["100"], ["50", "50"], ["33.33", "33.33", "33.34"]]))
    steps = [
        {
            "order_type": draw(st.sampled_from(["market", "limit"])),
            "price": target(draw, percent),
            "volume": volume,
        }
        for volume in volumes
    ]
    if trailing and steps[-1]["order_type"] == "market" and draw(st.booleans()):
        steps[-1]["trailing"] = {"enabled": True, "percent": draw(percents)}
    stop = {"enabled": draw(st.booleans())}
    if stop["enabled"]:
        stop["order_type"] = draw(st.sampled_from(["market", "limit"]))
        stop["conditional"] = {"price": target(draw, percent)}
        stop["breakeven"] = len(steps) > 1 and draw(st.booleans())
        if stop["order_type"] == "limit":
            stop["price"] = {"value": draw(prices)}
        elif trailing and draw(st.booleans()):
            stop["conditional"]["trailing"] = {"enabled": True, "percent": draw(percents)}
        if draw(st.booleans()):
            stop["timeout"] = {"enabled": True, "value": str(draw(st.integers(1, 200)))}
    return {
        "account_id": 1,
        "pair": "USDT_BTC",
        "position": entry,
        "take_profit": {"enabled": True, "steps": steps},
        "stop_loss": stop,
    }


@st.composite
def paths(draw):
    ticks = []
    for number in range(draw(st.integers(1, 25))):
        bid = Decimal(draw(prices))
        ask = bid + draw(st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)]))
        last = draw(st.sampled_from([bid, ask]))
        ticks.append(Tick(START + timedelta(seconds=60 * number), bid, ask, last))
    return ticks


rules = st.builds(
    MarketRules,
    fee=st.sampled_from([Decimal(0), Decimal("0.001")]),
    fee_model=st.sampled_from(["base", "quote"]),
    lot_step=st.sampled_from([Decimal(0), Decimal("0.01")]),
    breakeven_with_fees=st.booleans(),
)


def states(body, path, market):
    """The trade before the first tick and after every one of them."""
    trade = trade_from_body(body, START)
    found = [trade]
    for tick in path:
        trade = advance(trade, tick, market).trade
        found.append(trade)
    return found


@given(bodies(), paths(), rules)
@settings(max_examples=80, deadline=None)
def test_units_are_conserved(body, path, market):
    for trade in states(body, path, market):
        entering = sum((f.amount for f in trade.fills if f.purpose in ENTERING), Decimal(0))
        leaving = sum((f.amount for f in trade.fills if f.purpose not in ENTERING), Decimal(0))
        assert trade.entered_amount == entering
        assert trade.closed_amount == leaving
        assert 0 <= leaving <= entering
        if trade.status in ("finished", "stop_loss_finished"):
            assert trade.remaining == 0 or trade.remaining < market.lot_step


@given(bodies(), paths(), rules)
@settings(max_examples=80, deadline=None)
def test_cash_equals_the_fills_to_the_last_digit(body, path, market):
    trade = states(body, path, market)[-1]
    fee, long = Fraction(market.fee), trade.long
    units = Fraction(trade.entry.units)
    entered = closed = Fraction(0)
    for fill in trade.fills:
        if fill.purpose in ENTERING:
            factor = 1 if long and market.fee_model == "base" else 1 + fee if long else 1 - fee
            entered += Fraction(fill.price) * units * factor
        else:
            factor = 1 - fee if long else 1 + fee
            closed += Fraction(fill.price) * Fraction(fill.amount) * factor
    assert Fraction(trade.entered_total) == entered
    assert Fraction(trade.closed_total) == closed
    assert Fraction(cash_of(trade)) == (closed - entered if long else entered - closed)


@given(bodies(), paths(), rules)
@settings(max_examples=80, deadline=None)
def test_no_fill_is_better_than_the_market_nor_worse_than_its_limit(body, path, market):
    trade = states(body, path, market)[-1]
    ticks = {tick.time: tick for tick in path}
    limits = {target.id: target.price for target in trade.targets if target.order_type == "limit"}
    if trade.entry.price is not None:
        limits[trade.entry.id] = trade.entry.price
    if trade.stop is not None and trade.stop.price is not None:
        limits[trade.stop.id] = trade.stop.price
    for fill in trade.fills:
        tick, limit = ticks[fill.time], limits.get(fill.order_id)
        buys = trade.long == (fill.purpose in ENTERING)
        assert fill.price >= tick.ask if buys else fill.price <= tick.bid
        if limit is not None:
            assert fill.price <= limit if buys else fill.price >= limit


@given(bodies(), paths(), paths(), rules)
@settings(max_examples=60, deadline=None)
def test_a_trade_that_is_over_never_changes(body, path, more, market):
    trade = states(body, path, market)[-1]
    if not trade.active:
        assert states(body, [*path, *more], market)[-1] == trade


BREAKEVEN_PAST_THE_MARKET = {
    "account_id": 1,
    "pair": "USDT_BTC",
    "position": {
        "type": "sell",
        "order_type": "conditional",
        "units": {"value": "1"},
        "conditional": {"price": {"value": 80, "type": "bid"}, "order_type": "limit"},
        "price": {"value": 81},
    },
    "take_profit": {
        "enabled": True,
        "steps": [
            {"order_type": "market", "price": {"type": "bid", "value": 80}, "volume": "50"},
            {"order_type": "limit", "price": {"type": "bid", "value": 82}, "volume": "50"},
        ],
    },
    "stop_loss": {
        "enabled": True,
        "order_type": "market",
        "conditional": {"price": {"type": "bid", "value": 83}},
        "breakeven": True,
    },
}
"""A target that loses moves the stop to where the market has already been."""


def standing(*levels):
    return [
        Tick(START + timedelta(minutes=n), Decimal(p), Decimal(p), Decimal(p))
        for n, p in enumerate(levels)
    ]


@given(bodies(), paths(), rules)
@example(BREAKEVEN_PAST_THE_MARKET, standing(80, 82, 82), MarketRules())
@settings(max_examples=60, deadline=None)
def test_skipping_quiet_ticks_changes_nothing(body, path, market):
    walk = Walk(trade_from_body(body, START), market)
    for tick in path:
        walk.tick(tick)
    assert walk.trade == states(body, path, market)[-1]


@given(bodies(), st.lists(st.tuples(prices, prices, prices, prices), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_skipping_quiet_candles_changes_nothing(body, rows):
    quick = Walk(trade_from_body(body, START), MarketRules())
    trade = trade_from_body(body, START)
    for number, row in enumerate(rows):
        opens, closes = Decimal(row[0]), Decimal(row[1])
        high, low = Decimal(max(row)), Decimal(min(row))
        time = START + timedelta(minutes=number)
        candle = Candle(time, timedelta(minutes=1), opens, high, low, closes)
        quick = next(ways(quick, candle))
        trade = next(ways(Walk(trade, MarketRules()), candle)).trade
    assert quick.trade == trade


SWAP = {"bid": "ask", "ask": "bid", "last": "last", "buy": "sell", "sell": "buy"}


def mirrored(value, key=None):
    """The body seen in a mirror at 100: other side, other series, prices on the other side."""
    if isinstance(value, dict):
        return {name: mirrored(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [mirrored(item) for item in value]
    if key == "value" and isinstance(value, int):
        return 2 * MIDDLE - value
    return SWAP.get(value, value) if key == "type" else value


@given(bodies(trailing=False), paths())
@settings(max_examples=80, deadline=None)
def test_long_and_short_are_mirror_images(body, path):
    away = [Tick(t.time, 200 - t.ask, 200 - t.bid, 200 - t.last) for t in path]
    trade = states(body, path, MarketRules())[-1]
    image = states(mirrored(body), away, MarketRules())[-1]
    assert image.status == trade.status
    assert [(f.order_id, f.amount, 200 - f.price) for f in image.fills] == [
        (f.order_id, f.amount, f.price) for f in trade.fills
    ]
    # What is still open changes hands at the mirrored price, so only closed units compare.
    if not trade.remaining:
        assert cash_of(image) == cash_of(trade)
