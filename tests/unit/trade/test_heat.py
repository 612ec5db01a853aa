from decimal import Decimal

from smartplan.trade.heat import heat
from smartplan.trade.model import Side
from smartplan.trade.risk import Risk

D = Decimal


def risk(side: Side | None, loss: str | None, **more: object) -> Risk:
    return Risk(
        quote="USDT", side=side, notional=D(100), loss_at_stop=None if loss is None else D(loss),
        **more,
    )  # fmt: skip


def test_it_is_told_per_direction_with_gains_beside_the_losses() -> None:
    held = {"held": D(1)}
    risks = {
        "a": risk(Side.LONG, "10", loss_held=D(10), realised=D(5), **held),
        "b": risk(Side.LONG, "-4", loss_held=D(-4), **held),
        "c": risk(Side.LONG, "20"),
        "d": risk(Side.SHORT, "7"),
        "e": risk(Side.LONG, None, unknown={"loss_at_stop": "no stop loss"}),
    }
    long, short = heat(risks)
    assert (long.quote, long.side, long.trades) == ("USDT", Side.LONG, 4)
    assert (long.held, long.waiting, long.at_risk) == (10, 20, 30)
    # What b secures is no credit for what a may lose.
    assert (long.locked_in, long.realised, long.unbounded) == (4, 5, ("e",))
    assert (short.side, short.waiting, short.held) == (Side.SHORT, 7, 0)


def test_an_entry_that_is_partly_filled_is_in_both() -> None:
    (one,) = heat({"a": risk(Side.LONG, "50", held=D(4), loss_held=D(20))})
    assert (one.held, one.waiting) == (20, 30)


def test_stress_adds_up_level_by_level() -> None:
    risks = {
        "a": risk(Side.LONG, "10", stress=((D(1), D(12)), (D(5), D(20)))),
        "b": risk(Side.LONG, "-9", stress=((D(1), D(-8)), (D(5), D(3)))),
    }
    (one,) = heat(risks)
    # At 1 % b still gains: that helps nobody.
    assert one.stress == ((1, 12), (5, 23))


def test_what_nobody_can_read_counts_in_both_directions() -> None:
    found = heat({"x": Risk(quote="USDT", unknown={"loss_at_stop": "it cannot be read"})})
    assert [(one.side, one.unbounded) for one in found] == [
        (Side.LONG, ("x",)),
        (Side.SHORT, ("x",)),
    ]


def test_currencies_stand_apart() -> None:
    risks = {"a": risk(Side.LONG, "1"), "b": Risk(quote="BTC", side=Side.LONG)}
    assert [one.quote for one in heat(risks)] == ["BTC", "USDT"]
