"""The market engine against figures worked out by hand (zero fee, one unit, one price)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from smartplan.sandbox.branches import ways
from smartplan.sandbox.market import advance
from smartplan.sandbox.paths import Candle, Walk, outcome_of, trade_from_body
from smartplan.sandbox.trade import Tick
from smartplan.sandbox.turn import MarketRules
from tests.cash_flow import cash_of

START = datetime(2026, 11, 22, tzinfo=UTC)
D = Decimal


def position(kind="market", side="buy", units="1", price=None, trigger=None, trailing=None):
    group = {"type": side, "order_type": kind, "units": {"value": units}}
    if price is not None:
        group["price"] = {"value": price}
    if trigger is not None:
        group["conditional"] = {"price": {"value": trigger}, "order_type": "market"}
    if trailing is not None:
        group["conditional"]["trailing"] = {"enabled": True, "percent": trailing}
    return group


def step(price=None, volume="100", kind="limit", trailing=None, percent=None, series="bid"):
    target = {"type": series}
    target |= {"percent": percent} if price is None else {"value": price}
    group = {"order_type": kind, "price": target, "volume": volume}
    if trailing is not None:
        group["trailing"] = {"enabled": True, "percent": trailing}
    return group


def stop(price=None, percent=None, limit=None, series="bid", **extra):
    target = {"type": series}
    target |= {"percent": percent} if price is None else {"value": price}
    group = {"enabled": True, "order_type": "limit" if limit else "market"}
    if limit:
        group["price"] = {"value": limit}
    trailing = extra.pop("trailing", None)
    group["conditional"] = {"price": target}
    if trailing:
        percent = {} if trailing is True else {"percent": trailing}
        group["conditional"]["trailing"] = {"enabled": True, **percent}
    if "timeout" in extra:
        extra["timeout"] = {"enabled": True, "value": extra["timeout"]}
    return group | extra


def plan(entry, steps=(), stop_loss=None, **extra):
    profit = {"enabled": True, "steps": list(steps)} if steps else {"enabled": False}
    return {
        "account_id": 1,
        "pair": "USDT_BTC",
        "position": entry,
        "take_profit": profit,
        "stop_loss": stop_loss or {"enabled": False},
        **extra,
    }


def at(price, seconds=0):
    price = D(price)
    return Tick(START + timedelta(seconds=seconds), price, price, price)


def run(body, prices, rules=None):
    """The walk after the prices; a price may be ``(seconds, price)``."""
    walk = Walk(trade_from_body(body, START), rules or MarketRules())
    for number, price in enumerate(prices):
        seconds, price = price if isinstance(price, tuple) else (number, price)
        walk.tick(at(price, seconds))
    return walk


def fills(walk):
    return [(fill.purpose, fill.price) for fill in walk.trade.fills]


class TestVectors:
    def test_limit_entry_two_targets_breakeven(self):
        body = plan(
            position("limit", price="100"),
            [step("110", "50"), step("120", "50")],
            stop("95", breakeven=True),
        )
        walk = run(body, ["103", "101", "99.5", "104", "111", "106", "99"])
        assert fills(walk) == [
            ("position", D(100)),
            ("take_profit", D(110)),
            ("stop_loss", D(99)),
        ]
        assert walk.trade.fills[0].time == START + timedelta(seconds=2)
        assert walk.trade.stop.trigger == D(100)
        assert cash_of(walk.trade) == D("4.5")
        assert outcome_of(walk.trade) == "stop_loss"

    def test_trailing_entry_prices_percents_from_the_fill(self):
        body = plan(
            position("conditional", trigger="100", trailing="2"),
            [step(percent="10")],
            stop(percent="5"),
        )
        walk = run(body, ["105", "100", "97", "98", "99", "109"])
        assert fills(walk) == [("position", D(99)), ("take_profit", D("108.9"))]
        assert walk.trade.stop.trigger == D("94.05")
        assert cash_of(walk.trade) == D("9.9")
        assert outcome_of(walk.trade) == "take_profit"

    def test_trailing_target_closes_below_its_peak(self):
        body = plan(position(), [step("110", kind="market", trailing="3")], stop("95"))
        walk = run(body, ["100", "110", "115", "112", "111"])
        assert fills(walk)[-1] == ("take_profit", D(111))
        assert cash_of(walk.trade) == D(11)

    def test_stop_timeout_is_reset_by_recovery(self):
        body = plan(position(), stop_loss=stop("95", timeout=60))
        path = [(0, "100"), (10, "94"), (40, "96"), (50, "94.5"), (80, "94"), (110, "93.9")]
        walk = run(body, path)
        kinds = [(event.kind, (event.time - START).seconds) for event in walk.events]
        assert ("stop_timer_reset", 40) in kinds
        assert cash_of(walk.trade) == D("-6.1")

    def test_a_limit_stop_stays_open_until_its_price_returns(self):
        body = plan(position(), stop_loss=stop("95", limit="94"))
        walk = run(body, ["100", "96", "93", "92"])
        assert walk.trade.status == "stop_loss_in_progress"
        assert outcome_of(walk.trade) == "open"
        unprotected = [event for event in walk.events if event.kind == "stop_unprotected"]
        assert [event.time - START for event in unprotected] == [timedelta(seconds=2)]
        walk.tick(at("94.2", 9))
        assert fills(walk)[-1] == ("stop_loss", D(94))
        assert cash_of(walk.trade) == D(-6)

    def test_a_position_already_held(self):
        body = plan(
            position(units="20", price="0.10268"),
            [step("0.3", "35"), step("0.4", "65")],
            stop("0.09754"),
            skip_enter_step=True,
        )
        walk = run(body, ["0.1027", "0.35", "0.09"], MarketRules(lot_step=D(1)))
        assert [(fill.amount, fill.price) for fill in walk.trade.fills] == [
            (D(7), D("0.3")),
            (D(13), D("0.09")),
        ]
        assert cash_of(walk.trade) == D("1.2164")

    def test_one_candle_that_depends_on_the_path(self):
        body = plan(position(), [step("110")], stop("95"))
        candle = Candle(START, timedelta(minutes=1), D(100), D(111), D(94), D(105))
        walk = Walk(trade_from_body(body, START), MarketRules())
        assert [cash_of(way.trade) for way in ways(walk, candle)] == [D(-5), D(10)]


class TestEntry:
    def test_a_marketable_limit_takes_the_ask(self):
        assert fills(run(plan(position("limit", price="100")), ["98"])) == [("position", D(98))]

    def test_a_resting_limit_fills_at_its_own_price(self):
        walk = run(plan(position("limit", price="100")), ["101", "90"])
        assert fills(walk) == [("position", D(100))]

    def test_market_entries_pay_the_spread(self):
        tick = Tick(START, D(99), D(101), D(100))
        for side, price in (("buy", D(101)), ("sell", D(99))):
            trade = trade_from_body(plan(position(side=side)), START)
            assert advance(trade, tick, MarketRules()).trade.fills[0].price == price

    @pytest.mark.parametrize(("first", "fires"), [("95", "100"), ("105", "100")])
    def test_the_direction_of_a_trigger_is_fixed_by_the_first_price(self, first, fires):
        body = plan(position("conditional", trigger="100"))
        away = "90" if first == "95" else "110"
        assert fills(run(body, [first, away])) == []
        assert fills(run(body, [first, away, fires])) == [("position", D(100))]

    def test_a_conditional_limit_is_placed_by_its_trigger(self):
        body = plan(position("conditional", price="98", trigger="100"))
        body["position"]["conditional"]["order_type"] = "limit"
        walk = run(body, ["95", "100"])
        assert (fills(walk), walk.trade.entry.status) == ([], "order_placed")
        walk.tick(at("97", 9))
        assert fills(walk) == [("position", D(98))]

    def test_a_short_trails_the_high(self):
        body = plan(position("conditional", side="sell", trigger="100", trailing="2"))
        walk = run(body, ["95", "100", "103", "101", "100.9"])
        assert fills(walk) == [("position", D("100.9"))]
        assert walk.trade.fills[0].time == START + timedelta(seconds=4)


class TestExits:
    def test_the_stop_wins_a_tie(self):
        body = plan(position(), [step("110", series="last")], stop("105", series="last"))
        tick = Tick(START, D(110), D(110), D(104))
        walk = run(body, ["107"])
        walk.tick(tick)
        assert [fill.purpose for fill in walk.trade.fills] == ["position", "stop_loss"]

    def test_a_trailing_stop_shifts_by_the_absolute_move_and_never_steps_back(self):
        body = plan(position(), stop_loss=stop("180", trailing=True))
        assert run(body, ["200"]).trade.stop.trigger == D(180)
        assert run(body, ["200", "205"]).trade.stop.trigger == D(185)
        assert run(body, ["200", "205", "201", "204"]).trade.stop.trigger == D(185)
        walk = run(body, ["200", "205", "225"])
        assert (walk.trade.stop.trigger, walk.trade.active) == (D(205), True)
        walk.tick(at("204", 9))
        assert fills(walk)[-1] == ("stop_loss", D(204))
        assert cash_of(walk.trade) == D(4)

    def test_no_percent_counts_however_far_the_stop_stands(self):
        for percent in (True, "1", "50"):
            body = plan(position(), stop_loss=stop("98", trailing=percent))
            assert run(body, ["100", "99", "102"]).trade.stop.trigger == D(100)

    def test_a_trailing_stop_is_armed_where_it_stands_and_counts_from_the_fill(self):
        body = plan(position("limit", price="200"), stop_loss=stop("180", trailing=True))
        walk = run(body, ["210", "195"])
        assert (fills(walk)[0], walk.trade.stop.trigger) == (("position", D(200)), D(180))
        walk.tick(at("205", 9))
        assert walk.trade.stop.trigger == D(185)

    def test_a_spread_shifts_nothing(self):
        body = plan(position(), stop_loss=stop("180", trailing=True))
        walk = Walk(trade_from_body(body, START), MarketRules())
        walk.tick(Tick(START, D(199), D(200), D(199)))
        walk.tick(Tick(START + timedelta(seconds=1), D(200), D(201), D(200)))
        assert walk.trade.stop.trigger == D(180)
        walk.tick(Tick(START + timedelta(seconds=2), D(205), D(206), D(205)))
        assert walk.trade.stop.trigger == D(185)

    def test_a_position_that_was_held_trails_from_the_market_not_from_its_cost(self):
        body = plan(
            {**position("market"), "price": {"value": "100"}},
            stop_loss=stop("180", trailing=True),
            skip_enter_step=True,
        )
        assert run(body, ["200", "205"]).trade.stop.trigger == D(185)

    def test_a_trailing_stop_at_breakeven_goes_on_from_there(self):
        body = plan(
            position(),
            [step("110", "50"), step("130", "50")],
            stop("80", trailing=True, breakeven=True),
        )
        # 80 + 10 = 90, to the entry at 100, and 5 further.
        assert run(body, ["100", "110"]).trade.stop.trigger == D(100)
        assert run(body, ["100", "110", "115"]).trade.stop.trigger == D(105)

    def test_breakeven_keeps_the_distance_of_a_limit_stop(self):
        body = plan(
            position(),
            [step("110", "50"), step("120", "50")],
            stop("95", limit="94", breakeven=True),
        )
        moved = run(body, ["100", "111"]).trade.stop
        assert (moved.trigger, moved.price) == (D(100), D(99))

    def test_a_triggered_limit_stop_holds_the_units(self):
        body = plan(position(), [step("110", kind="market", series="last")], stop("95", limit="94"))
        walk = run(body, ["100", "93"])
        walk.tick(Tick(START, D(93), D(93), D(111)))
        assert walk.trade.status == "stop_loss_in_progress"

    def test_a_short_mirrors_a_trailing_stop(self):
        body = plan(position(side="sell"), stop_loss=stop("110", trailing=True, series="ask"))
        walk = run(body, ["100", "80", "83"])
        assert walk.trade.stop.trigger == D(90)
        walk.tick(at("91", 9))
        assert cash_of(walk.trade) == D(9)

    def test_breakeven_with_fees_counts_both_commissions(self):
        body = plan(position(), [step("110", "50"), step("120", "50")], stop("95", breakeven=True))
        rules = MarketRules(fee=D("0.001"), breakeven_with_fees=True)
        walk = run(body, ["100", "111"], rules)
        # 100 / 0.999²
        assert walk.trade.stop.trigger.quantize(D("1e-10")) == D("100.2003004005")
        assert run(body, ["100", "111"], MarketRules(fee=D("0.001"))).trade.stop.trigger == D(100)

    def test_a_breakeven_stop_lies_on_the_tick_towards_the_gain(self):
        def moved_to(side: str, path: list[str], tick: str) -> Decimal:
            away, far, back = ("110", "120", "95") if side == "buy" else ("90", "80", "105")
            body = plan(
                position(side=side),
                [step(away, "50"), step(far, "50")],
                stop(back, breakeven=True),
            )
            rules = MarketRules(fee=D("0.001"), price_step=D(tick), breakeven_with_fees=True)
            return run(body, path, rules).trade.stop.trigger

        # 100 / 0.999² and 100 · 0.999 / 1.001
        assert moved_to("buy", ["100", "111"], "0.01") == D("100.21")
        assert moved_to("sell", ["100", "89"], "0.01") == D("99.80")
        assert moved_to("buy", ["100", "111"], "0") == D("100.200300400500600701")
        assert moved_to("sell", ["100", "89"], "0") == D("99.800199800199800199")

    def test_dust_below_the_lot_ends_the_trade_and_is_reported(self):
        body = plan(position(units="15"), [step("110")])
        walk = run(body, ["100", "111"], MarketRules(fee=D("0.006"), lot_step=D(1)))
        assert walk.trade.status == "finished"
        dust = [event.units for event in walk.events if event.kind == "dust_left"]
        assert dust == [D("0.91")]

    def test_units_per_step_follow_the_services_own_example(self):
        body = plan(position(units="15"), [step("110", "50"), step("120", "25"), step("130", "25")])
        walk = run(body, ["100"], MarketRules(fee=D("0.006"), lot_step=D(1)))
        assert [target.units for target in walk.trade.targets] == [8, 3, 3]

    def test_a_market_target_watches_its_own_series(self):
        body = plan(position(), [step("110", kind="market", series="last")])
        walk = run(body, ["100"])
        walk.tick(Tick(START, D(108), D(109), D(110)))
        assert fills(walk)[-1] == ("take_profit", D(108))


class TestCandles:
    def candles(self, *rows):
        minute = timedelta(minutes=1)
        return [
            Candle(START + number * minute, minute, *(D(price) for price in row.split()))
            for number, row in enumerate(rows)
        ]

    def walked(self, body, *rows):
        """The first way: against the position, with it, to the close."""
        walk = Walk(trade_from_body(body, START), MarketRules())
        for candle in self.candles(*rows):
            walk = next(ways(walk, candle))
        return walk

    def test_a_stop_passed_by_the_open_fills_at_the_open(self):
        body = plan(position(), stop_loss=stop("95"))
        walk = self.walked(body, "100 101 99 100", "90 92 88 91")
        assert fills(walk)[-1] == ("stop_loss", D(90))

    def test_against_a_short_is_up(self):
        body = plan(position(side="sell"), [step("90", series="ask")], stop("106", series="ask"))
        row = "100 107 89 95"
        walk = Walk(trade_from_body(body, START), MarketRules())
        (candle,) = self.candles(row)
        assert [cash_of(way.trade) for way in ways(walk, candle)] == [D(-6), D(10)]

    def test_inside_a_candle_a_stop_fills_at_its_level(self):
        body = plan(position(), stop_loss=stop("95"))
        walk = self.walked(body, "100 101 99 100", "100 101 80 81")
        assert fills(walk)[-1] == ("stop_loss", D(95))

    def test_a_trailing_target_closes_at_its_exact_distance(self):
        body = plan(position(), [step("110", kind="market", trailing="10")])
        walk = self.walked(body, "100 120 100 101")
        assert fills(walk)[-1] == ("take_profit", D(108))

    def test_a_trailing_stop_follows_quietly_growing_highs(self):
        body = plan(position(), stop_loss=stop("90", trailing=True))
        rows = [f"{p} {p + 1} {p} {p + 1}" for p in range(100, 140)]
        walk = self.walked(body, *rows, "140 140 100 100")
        # 90, and 40 for the way from 100 to 140.
        assert fills(walk)[-1] == ("stop_loss", D(130))

    def test_a_timeout_expires_between_the_waypoints(self):
        body = plan(position(), stop_loss=stop("95", timeout=5))
        walk = self.walked(body, "100 101 99 100", "100 100 90 91")
        # 100 → 90 takes 20 s, so the touch is 10 s in and the timer ends at 92.5.
        assert fills(walk)[-1] == ("stop_loss", D("92.5"))
        assert walk.trade.fills[-1].time == START + timedelta(seconds=75)

    def test_a_timeout_expires_while_the_price_stands_still(self):
        body = plan(position(), stop_loss=stop("95", timeout=5))
        walk = self.walked(body, "100 101 99 100", "94 94 94 94", "80 81 79 80")
        assert fills(walk)[-1] == ("stop_loss", D(94))
        assert walk.trade.fills[-1].time == START + timedelta(seconds=65)

    def test_a_stop_that_is_moved_past_the_price_acts_where_the_price_is(self):
        body = plan(
            position("limit", price="100"),
            [step("99", "50"), step("120", "50")],
            stop("90", breakeven=True),
        )
        walk = self.walked(body, "101 101 80 81")
        # The losing target fills at once and moves the stop to 100, where the price still is.
        assert fills(walk)[1:] == [("take_profit", D(99)), ("stop_loss", D(100))]

    def test_excursions_are_seen_on_quiet_candles_too(self):
        body = plan(position(), [step("200")], stop("50"))
        walk = self.walked(body, "100 110 95 100", "100 130 90 120", "120 125 119 121")
        assert (walk.lowest, walk.highest) == (D(90), D(130))

    def test_quiet_candles_change_nothing_but_what_a_slow_walk_would(self):
        body = plan(
            position("limit", price="98"), [step("107", kind="market", trailing="2")], stop("91")
        )
        rows = ["100 101 99 100", "100 100 97 99", "99 104 98 103", "103 109 103 108"]
        rows += ["108 108.5 107.5 108", "108 108 100 101"]
        quick = self.walked(body, *rows)
        trade, events = trade_from_body(body, START), []
        for candle in self.candles(*rows):
            slow = next(ways(Walk(trade, MarketRules()), candle))
            trade, events = slow.trade, events + slow.events
        assert quick.trade == trade
        assert quick.events == events
        # Peak 109 less 2 %.
        assert fills(quick)[-1] == ("take_profit", D("106.82"))
