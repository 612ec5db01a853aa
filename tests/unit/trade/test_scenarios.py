"""How the swing plan may end, by hand: 0.01 bought at 60000 with 0.1 %, stop 55000."""

from decimal import Decimal

from msgspec.structs import replace

from smartplan.trade.contract import Contract
from smartplan.trade.model import Position, StopLoss, TakeProfitStep, Trade
from smartplan.trade.profit import HeldPart
from smartplan.trade.risk import Risk, assess

D = Decimal
CENT = D("0.01")


def step(price: int, volume: int, **more: object) -> TakeProfitStep:
    return TakeProfitStep(
        order_type="limit", price_type="bid", price=D(price), volume=D(volume), **more
    )


STOP = StopLoss(order_type="market", price_type="bid", trigger=D(55000), breakeven=True)
SWING = Trade(
    account_id=1,
    pair="USDT_BTC",
    position=Position(type="buy", order_type="limit", units=D("0.01"), price=D(60000)),
    take_profit=(step(66000, 50), step(72000, 50)),
    stop_loss=STOP,
)


def told(risk: Risk) -> list[tuple[tuple[int, ...], str | None, Decimal]]:
    return [(end.reached, end.then, end.profit.quantize(CENT)) for end in risk.scenarios]


def test_after_the_first_target_the_stop_is_at_the_entry() -> None:
    risk = assess(SWING, fee=D("0.001"))
    # Half of 0.00999 at 66000 brings 329.34, at 72000 it is 359.28, at 60000 it is 299.40.
    assert told(risk) == [
        ((), "stop", D("-51.10")),
        ((1,), "break_even", D("28.74")),
        ((1, 2), None, D("88.62")),
    ]
    # Of 51.10 + 28.74, what can be lost is 64 %.
    assert [end.needed and round(end.needed, 2) for end in risk.scenarios] == [
        None, D("64.00"), D("36.57"),
    ]  # fmt: skip
    assert [end.r and round(end.r, 3) for end in risk.scenarios] == [
        D("-1.000"), D("0.562"), D("1.734"),
    ]  # fmt: skip


def test_a_stop_that_stays_takes_back_what_the_first_target_brought() -> None:
    risk = assess(replace(SWING, stop_loss=replace(STOP, breakeven=False)))
    # 0.005 · (66000 − 60000) − 0.005 · (60000 − 55000)
    assert told(risk)[1] == ((1,), "stop", D("5.00"))


def test_without_a_stop_only_the_targets_are_told() -> None:
    risk = assess(replace(SWING, stop_loss=None))
    assert told(risk) == [((1, 2), None, D("90.00"))]
    assert risk.scenarios[0].needed is None
    assert risk.stress == ()


def test_without_a_target_only_the_stop_is() -> None:
    risk = assess(replace(SWING, take_profit=()))
    assert told(risk) == [((), "stop", D("-50.00"))]


def test_what_is_held_goes_on_from_the_target_that_is_next() -> None:
    over = replace(SWING.take_profit[0], status="finished")
    trade = replace(SWING, take_profit=(over, SWING.take_profit[1]))
    held = HeldPart(units=D("0.005"), cost=D(60000), entered=D("0.01"))
    risk = assess(replace(trade, stop_loss=replace(STOP, trigger=D(60000))), held=held)
    assert told(risk) == [((), "stop", D("0.00")), ((2,), None, D("60.00"))]


def test_what_a_cancelled_target_leaves_goes_to_the_stop() -> None:
    gone = replace(SWING.take_profit[1], status="cancelled")
    trade = replace(SWING, take_profit=(SWING.take_profit[0], gone))
    held = HeldPart(units=D("0.01"), cost=D(60000), entered=D("0.01"))
    # Half is sold at 66000 for 30, the other half waits for nothing but its stop at the entry.
    assert told(assess(trade, held=held))[-1] == ((1,), "break_even", D("30.00"))


def test_a_missed_stop_is_filled_beyond_its_trigger() -> None:
    # 0.01 · (60000 − 55000 · 0.99), · 0.95 and · 0.9
    assert assess(SWING).stress == ((1, D("55.5")), (5, D("77.5")), (10, D(105)))


def test_contracts_of_unknown_size_have_no_ends_in_money() -> None:
    risk = assess(SWING, contract=Contract(None))
    assert (risk.scenarios, risk.stress, risk.loss_held) == ((), (), None)
