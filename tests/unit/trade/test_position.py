"""How a live trade stands: figures worked out by hand and the documented P/L."""

from decimal import Decimal

import pytest

from smartplan.report.figures import service_figures
from smartplan.trade.model import LiveTrade
from smartplan.trade.position import position_of, unprotected
from smartplan.trade.profit import ShownProfit
from smartplan.trade.wire import live_trade

D = Decimal


def step(price: str, status: str = "to_process", percent: str | None = None) -> dict:
    return {
        "id": 1,
        "order_type": "limit",
        "price": {"type": "bid", "value": price, "percent": percent},
        "volume": "50.0",
        "status": {"type": status},
    }


def stop(trigger: str | None = "95", order_type: str = "market", status: str = "idle") -> dict:
    return {
        "enabled": True,
        "order_type": order_type,
        "price": {"value": "94" if order_type == "limit" else None},
        "conditional": {"price": {"value": trigger, "type": "bid", "percent": None}},
        "status": {"type": status},
    }


def live(
    side: str = "buy",
    *,
    prices: tuple[str, str, str] = ("104", "106", "105"),
    steps: tuple[dict, ...] = (),
    stop_loss: dict | None = None,
    status: str = "waiting_targets",
    error: str | None = None,
    position: dict | None = None,
    **data: object,
) -> LiveTrade:
    bid, ask, last = prices
    return live_trade(
        {
            "id": 7,
            "account": {"id": 1},
            "pair": "USDT_DOGE",
            "status": {"type": status, "error": error},
            "position": {
                "type": side,
                "order_type": "market",
                "units": {"value": "1.0"},
                "price": {"value": "100"},
                "status": {"type": "finished"},
                **(position or {}),
            },
            "take_profit": {"enabled": bool(steps), "steps": list(steps)},
            "stop_loss": stop_loss or {"enabled": False},
            "data": {
                "current_price": {"bid": bid, "ask": ask, "last": last},
                "average_enter_price": "100",
                "entered_amount": "1.0",
                "entered_total": "100.0",
                "closed_amount": "0.0",
                "closed_total": "0.0",
                "commission": D("0.001"),
                **data,
            },
        }
    )


# --- P/L: the figures of the service's own documentation ----------------------------------------


def test_the_documented_long() -> None:
    shown = position_of(
        live(
            prices=("0.10613", "0.10614", "0.10614"),
            entered_amount="14.91",
            entered_total="1.58385",
        )
    ).profit
    assert shown is not None
    assert round(shown.volume, 10) == D("-0.0030340983")
    assert shown.percent == D("-0.19")


def test_the_documented_short() -> None:
    shown = position_of(
        live(
            "sell",
            prices=("0.263", "0.264", "0.264"),
            entered_amount="7.8",
            entered_total="1.977066",
        )
    ).profit
    assert shown is not None
    assert shown.volume == D("-0.0841932")
    assert shown.percent == D("-4.26")


def test_what_is_closed_counts_with_what_it_brought() -> None:
    # 0.5 sold for 60; 0.5 × 104 × 0.999 = 51.948; 60 + 51.948 − 100 = 11.948.
    shown = position_of(live(closed_amount="0.5", closed_total="60.0")).profit
    assert shown is not None
    assert (shown.volume, shown.percent) == (D("11.948"), D("11.95"))


def test_nothing_filled_has_no_profit() -> None:
    assert position_of(live(entered_amount="0.0", entered_total="0.0")).profit is None


# --- P/L: the service's own, and contracts -------------------------------------------------------


def of_service(profit: dict | None, pair: str = "USDT_DOGE", **raw: object) -> LiveTrade:
    return live_trade({**live(**raw).raw, "pair": pair, "profit": profit})


def test_the_services_own_profit_is_shown_and_ours_told_where_it_differs() -> None:
    # Ours: 1 × 104 × 0.999 − 100 = 3.896; 3.93 is within 1 % of it, 3.95 is not.
    near = position_of(of_service({"volume": "3.93", "percent": "3.93"}))
    assert near.profit == ShownProfit(D("3.93"), D("3.93"))
    assert near.computed is not None
    assert (near.computed.volume, near.disputed) == (D("3.896"), False)
    assert position_of(of_service({"volume": "3.95", "percent": "3.95"})).disputed
    assert not position_of(of_service({"volume": None, "percent": "0.0"})).disputed
    assert position_of(of_service({"volume": None})).profit == ShownProfit(D("3.896"), D("3.90"))


def test_total_margin_and_liquidation_are_the_services_own() -> None:
    raw = dict(live(liquidation_price="81.5").raw)
    raw["position"] = {**raw["position"], "total": {"value": "100.0"}}
    stands = position_of(live_trade({**raw, "margin": {"amount": "19.0", "total": "20.0"}}))
    assert (stands.total, stands.margin, stands.liquidation) == (D(100), D(20), D("81.5"))
    nothing = position_of(live(liquidation_price=None))
    assert nothing.total is nothing.margin is nothing.liquidation is None


def test_linear_contracts_are_counted_by_their_size() -> None:
    # 1000 × 0.0001 × (61000 − 60000) = 100, without commission.
    raw = {
        "prices": ("61000", "61001", "61000"),
        "position": {"units": {"value": "1000.0"}, "price": {"value": "60000.0"},
                     "total": {"value": "6000.0"}},
        "entered_amount": "1000.0", "entered_total": "6000.0",
        "average_enter_price": "60000.0", "commission": "0",
    }  # fmt: skip
    theirs = of_service({"volume": "100.0", "percent": "1.67"}, "USDT_BTC_USDT", **raw)
    stands = position_of(theirs)
    assert stands.computed == ShownProfit(D(100), D("1.67"))
    assert not stands.disputed
    assert not stands.unknown


def test_inverse_contracts_are_counted_in_coins() -> None:
    # 30 × 10 × (1/2000 − 1/2500) = 0.03.
    raw = {
        "prices": ("2500", "2501", "2500"),
        "entered_amount": "30.0", "entered_total": "0.15", "average_enter_price": "2000.0",
        "commission": "0",
    }  # fmt: skip
    stands = position_of(of_service(None, "ETH_ETHUSD_240628", **raw))
    assert stands.computed is not None
    assert (stands.computed.volume, stands.computed.percent) == (D("0.03"), D("20.00"))


def test_contracts_of_unknown_size_show_no_money_of_ours() -> None:
    raw = {"entered_amount": "30.0", "entered_total": "0.0"}
    stands = position_of(of_service(None, "ETH_ETHUSD_240628", **raw))
    assert stands.profit is stands.computed is None
    assert "[risk.contracts]" in stands.unknown
    theirs = position_of(
        of_service({"volume": "0.03", "percent": "20"}, "ETH_ETHUSD_240628", **raw)
    )
    assert theirs.profit == ShownProfit(D("0.03"), D(20))
    assert theirs.unknown == ""


# --- distances ----------------------------------------------------------------------------------


def test_the_next_target_of_a_long_is_the_lowest_open_one() -> None:
    stands = position_of(live(steps=(step("103", "finished"), step("126"), step("110.25"))))
    assert stands.target == D("110.25")
    assert stands.target_distance == 5  # (110.25 − 105) / 105


def test_the_next_target_of_a_short_is_the_highest_open_one() -> None:
    stands = position_of(live("sell", steps=(step("84"), step("94.5"))))
    assert stands.target == D("94.5")
    assert stands.target_distance == 10  # (105 − 94.5) / 105


def test_the_distance_to_a_stop_that_was_passed_is_negative() -> None:
    stands = position_of(live(stop_loss=stop("110.25")))
    assert (stands.stop, stands.stop_distance) == (D("110.25"), -5)


def test_a_target_in_percent_of_an_entered_trade_is_a_price() -> None:
    unsaid = step("0", percent="10")
    unsaid["price"]["value"] = None
    assert position_of(live(steps=(unsaid,))).target == 110
    assert position_of(live(steps=(unsaid,), entered_amount="0.0")).target is None


def test_without_prices_there_is_no_figure_but_no_error() -> None:
    stands = position_of(live(stop_loss=stop(), current_price=None))
    assert (stands.last, stands.stop_distance, stands.profit) == (None, None, None)


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_where_no_bid_or_ask_is_named_no_other_price_is_told_as_money(side: str) -> None:
    assert position_of(live(side=side, current_price={"last": "95"})).profit is None


# --- what leaves a trade unprotected ------------------------------------------------------------


def test_a_position_with_a_working_stop_is_protected() -> None:
    assert unprotected(live(stop_loss=stop())) == ()


def test_an_unfilled_trade_without_a_stop_is_no_danger() -> None:
    assert unprotected(live(entered_amount="0.0", status="waiting_position")) == ()


@pytest.mark.parametrize(
    ("trade", "reason"),
    [
        (live(), "an open position without a stop loss"),
        (live(stop_loss=stop(status="failed")), "an open position whose stop loss is failed"),
        (live(stop_loss=stop(status="cancelled")), "an open position whose stop loss is cancelled"),
        (live(stop_loss=stop(None)), "an open position whose stop loss has no trigger"),
        (
            live(stop_loss=stop("104.5", "limit")),
            "the price is past its limit stop, which has not filled",
        ),
        (
            live(stop_loss=stop(), status="cancellation_pending"),
            "it is being cancelled: its position stays open without exits",
        ),
        (
            live(stop_loss=stop(), status="cancelled"),
            "it was cancelled: what is held stays open without exits",
        ),
        (live(stop_loss=stop(), steps=(step("110", "failed"),)), "its take profit step 1 failed"),
        (
            live(stop_loss=stop(), position={"status": {"type": "failed"}}),
            "its entry order failed",
        ),
        (live(status="failed", error="Too low balance"), "failed: Too low balance"),
        (live(status="failed"), "failed: the exchange gives no reason"),
    ],
)
def test_each_danger_is_named(trade: LiveTrade, reason: str) -> None:
    assert unprotected(trade) == (reason,)


@pytest.mark.parametrize("status", ["panic_sell_pending", "finished", "panic_sold"])
def test_what_is_closing_or_over_needs_no_stop(status: str) -> None:
    assert unprotected(live(status=status)) == ()


def test_a_position_that_is_wholly_closed_needs_no_stop() -> None:
    assert unprotected(live(closed_amount="1.0")) == ()
    assert unprotected(live(closed_amount="1.0", status="cancelled")) == ()


def test_a_cancelled_entry_leaves_nothing_to_protect() -> None:
    assert unprotected(live(entered_amount="0.0", status="cancelled")) == ()


def test_a_trade_that_is_over_shows_no_exit_that_works_no_more() -> None:
    stands = position_of(live(stop_loss=stop(), steps=(step("110"),), status="cancelled"))
    assert (stands.target, stands.stop, stands.stop_distance) == (None, None, None)


def test_total_and_margin_of_the_service_stand_beside_ours_where_these_are_another() -> None:
    # 1 unit at 100 with a leverage of 5: worth 100, a margin of 20
    geared = live(position={"total": {"value": "110"}}, entered_amount="1.0", entered_total="100")
    raw = geared.raw | {
        "leverage": {"enabled": True, "type": "isolated", "value": "5"},
        "margin": {"amount": "20.1", "total": "20.1"},
    }
    stands = position_of(live_trade(raw))
    assert (stands.total, stands.total_computed) == (D(110), D(100))
    assert (stands.margin, stands.margin_computed) == (D("20.1"), D(20))
    told = dict(service_figures(stands, "USDT"))
    assert told["total"] == "110 USDT, ours 100 USDT"
    assert told["margin"] == "20.10 USDT"  # half a percent is no other figure


def test_a_liquidation_price_of_the_service_stands_beside_our_estimate() -> None:
    # a long from 100 at 5 times, 2.5 % assumed, fee 0.1 %: 80 / (0.975 · 0.999) = 82.1355…
    geared = live(liquidation_price="60", entered_amount="1.0", entered_total="100")
    raw = geared.raw | {"leverage": {"enabled": True, "type": "isolated", "value": "5"}}
    stands = position_of(live_trade(raw))
    assert stands.liquidation_computed is not None
    assert round(stands.liquidation_computed, 2) == D("82.14")
    told = dict(service_figures(stands, "USDT"))
    assert told["liquidation"].startswith("60, ours about 82.13")
