"""What --sweep and --grid say, and what becomes of a plan."""

from decimal import Decimal

import pytest

from smartplan.errors import UsageError
from smartplan.simulation.variants import moved_along, variants_of, varied
from smartplan.trade.model import Conditional, Position, StopLoss, TakeProfitStep, Trade, Trailing

D = Decimal
NO_STEP = D(0)
MARKET = D(100)


def plan(**more):
    return Trade(
        account_id=1,
        pair="USDT_BTC",
        position=more.get(
            "position", Position(type="buy", order_type="limit", units=D(1), price=D(100))
        ),
        take_profit=more.get(
            "targets",
            (TakeProfitStep(order_type="limit", price_type="bid", volume=D(100), price=D(110)),),
        ),
        stop_loss=more.get("stop", StopLoss(order_type="market", price_type="bid", trigger=D(95))),
    )


def said(*sweeps, grid=None):
    return [
        " ".join(f"{name}={distance}" for name, distance in v) for v in variants_of(sweeps, grid)
    ]


def test_ranges_lists_and_their_combinations():
    assert said("stop=1%..2%/0.5%") == ["stop=1%", "stop=1.5%", "stop=2%"]
    assert said("tp=105,110") == ["tp=105", "tp=110"]
    assert said("stop=1%,2%", "tp=3%,4%") == [
        "stop=1% tp=3%", "stop=1% tp=4%", "stop=2% tp=3%", "stop=2% tp=4%",
    ]  # fmt: skip
    assert said() == [""]


def test_a_grid_has_a_variant_per_line(tmp_path):
    file = tmp_path / "grid.csv"
    file.write_text("stop,tp1\n1%,3%\n\n2%,6%\n")
    assert said(grid=file) == ["stop=1% tp1=3%", "stop=2% tp1=6%"]
    assert said("entry=99,98", grid=file)[:2] == [
        "entry=99 stop=1% tp1=3%",
        "entry=99 stop=2% tp1=6%",
    ]


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("stop", "entry, stop, tp, tp1 … or trail is varied"),
        ("units=1,2", "entry, stop, tp, tp1 … or trail is varied"),
        ("stop=x", "`x` is no price and no percent"),
        ("stop=1%..5/1%", "all percents or all prices"),
        ("stop=5%..1%/1%", "from less to more"),
        ("stop=1%..2%/0%", "in steps above 0"),
        ("stop=1%..100%/0.0001%", "are too many"),
    ],
)
def test_what_is_no_sweep(sweep, message):
    with pytest.raises(UsageError, match=message):
        variants_of([sweep], None)


def test_names_are_varied_once_and_variants_are_bounded():
    with pytest.raises(UsageError, match="each name is varied once"):
        variants_of(["stop=1%", "stop=2%"], None)
    with pytest.raises(UsageError, match="more than 100,000"):
        variants_of(["stop=1%..90%/0.01%", "tp=1%..90%/0.1%"], None)


@pytest.mark.parametrize(
    ("text", "message"),
    [("units\n1\n", "must name what is varied"), ("stop\n1%,2%\n", "2 columns, the f")],
)
def test_what_is_no_grid(tmp_path, text, message):
    (tmp_path / "grid.csv").write_text(text)
    with pytest.raises(UsageError, match=message):
        variants_of([], tmp_path / "grid.csv")


def one(trade, sweep, market=MARKET, step=NO_STEP):
    (variant,) = variants_of(sweep.split(), None)
    return varied(trade, variant, market, step)


def test_percents_count_from_the_entry():
    found = one(plan(), "stop=2% tp=4%")
    assert (found.stop_loss.trigger, found.take_profit[0].price) == (98, 104)
    short = plan(position=Position(type="sell", order_type="limit", units=D(1), price=D(100)))
    found = one(short, "stop=2% tp=4%")
    assert (found.stop_loss.trigger, found.take_profit[0].price) == (102, 96)
    market = plan(position=Position(type="buy", order_type="market", units=D(1)))
    assert one(market, "stop=2%", market=D(200)).stop_loss.trigger == 196
    found = one(plan(), "entry=-10% stop=10%")
    assert (found.position.price, found.stop_loss.trigger) == (90, 81)


def test_prices_are_prices_and_land_on_the_step():
    assert one(plan(), "stop=97.5 tp=103").take_profit[0].price == 103
    assert one(plan(), "stop=1.26%", step=D("0.5")).stop_loss.trigger == D("98.5")


def test_a_limit_stop_keeps_its_distance_and_a_missing_one_is_made():
    stop = StopLoss(order_type="limit", price_type="bid", trigger=D(95), price=D(94))
    found = one(plan(stop=stop), "stop=2%").stop_loss
    assert (found.trigger, found.price) == (98, 97)
    assert one(plan(stop=None, targets=()), "stop=2% tp=5%").take_profit[0].price == 105


def test_after_a_trailing_entry_percents_stay_percents():
    conditional = Conditional(
        price=D(100), price_type="ask", order_type="market", trailing=Trailing(D(1))
    )
    trade = plan(
        position=Position(type="buy", order_type="conditional", units=D(1), conditional=conditional)
    )
    found = one(trade, "stop=2% tp=4%")
    assert (found.stop_loss.percent, found.take_profit[0].percent) == (2, 4)


def test_targets_are_named_where_there_are_several():
    target = plan().take_profit[0]
    two = plan(targets=(target, target))
    with pytest.raises(UsageError, match="the plan has 2 targets"):
        one(two, "tp=4%")
    assert one(two, "tp2=4%").take_profit[1].price == 104
    with pytest.raises(UsageError, match="the plan has 2 targets"):
        one(two, "tp3=4%")
    with pytest.raises(UsageError, match="the plan enters at the market"):
        one(plan(position=Position(type="buy", order_type="market", units=D(1))), "entry=1%")


def test_a_plan_moves_along_with_the_market():
    found = moved_along(plan(), D("1.5"), NO_STEP)
    assert found.position.price == 150
    assert (found.stop_loss.trigger, found.take_profit[0].price) == (D("142.5"), 165)


def test_what_is_wrong_in_a_grid_has_its_line(tmp_path):
    file = tmp_path / "grid.csv"
    file.write_text("stop,tp\n1%,3%\n2%,x\n")
    with pytest.raises(UsageError, match=r"grid\.csv:3: `x` is no price and no percent"):
        variants_of((), file)
