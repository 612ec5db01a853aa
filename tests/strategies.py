"""Canonical trades that a plan may hold, for property tests."""

from decimal import Decimal

from hypothesis import strategies as st

from smartplan.trade.model import (
    Conditional,
    Leverage,
    Position,
    StopLoss,
    TakeProfitStep,
    Trade,
    Trailing,
)

amounts = st.decimals(
    min_value=Decimal("0.00000001"), max_value=Decimal(10**9), places=8, allow_nan=False
)
percents = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(100), places=2)
price_types = st.sampled_from(["bid", "ask", "last"])
trailings = st.none() | st.builds(Trailing, percents)
notes = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=40).filter(
    lambda text: "[smartplan" not in text
)


@st.composite
def positions(draw, *, skip, instant):
    order_types = ["market", "limit"] if skip or instant else ["market", "limit", "conditional"]
    order_type = draw(st.sampled_from(order_types))
    conditional = draw(conditionals()) if order_type == "conditional" else None
    priced = order_type == "limit" or skip
    if conditional is not None and conditional.order_type == "limit":
        priced = True
    return Position(
        type=draw(st.sampled_from(["buy", "sell"])),
        order_type=order_type,
        units=draw(amounts),
        price=draw(amounts) if priced else None,
        conditional=conditional,
    )


@st.composite
def conditionals(draw):
    order_type = draw(st.sampled_from(["market", "limit"]))
    return Conditional(
        price=draw(amounts),
        price_type=draw(price_types),
        order_type=order_type,
        trailing=draw(trailings) if order_type == "market" else None,
    )


@st.composite
def steps(draw, *, by_percent):
    order_type = draw(st.sampled_from(["market", "limit"]))
    return TakeProfitStep(
        order_type=order_type,
        price_type=draw(price_types),
        volume=draw(percents),
        price=None if by_percent else draw(amounts),
        percent=draw(percents) if by_percent else None,
        trailing=draw(trailings) if order_type == "market" else None,
    )


@st.composite
def stops(draw, *, by_percent, targets):
    order_type = draw(st.sampled_from(["market", "limit"]))
    return StopLoss(
        order_type=order_type,
        price_type=draw(price_types),
        trigger=None if by_percent else draw(amounts),
        percent=draw(percents) if by_percent else None,
        price=draw(amounts) if order_type == "limit" else None,
        trailing=draw(trailings) if order_type == "market" else None,
        timeout=draw(st.none() | st.integers(1, 600)),
        breakeven=draw(st.booleans()) if targets > 1 else False,
    )


@st.composite
def trades(draw):
    kind = draw(st.sampled_from(["smart", "held", "instant"]))
    skip, instant = kind == "held", kind == "instant"
    position = draw(positions(skip=skip, instant=instant))
    conditional = position.conditional
    by_percent = conditional is not None and conditional.trailing is not None
    listed = st.lists(steps(by_percent=by_percent), max_size=8)
    targets = () if instant else tuple(draw(listed))
    stop = st.none() | stops(by_percent=by_percent, targets=len(targets))
    leverages = st.builds(Leverage, type=st.sampled_from(["isolated", "cross"]), value=amounts)
    return Trade(
        account_id=draw(st.integers(1, 10**9)),
        pair=draw(st.sampled_from(["USDT_BTC", "USDT_BTCUSDT_UMCBL", "BTC_ETH"])),
        position=position,
        instant=instant,
        skip_enter_step=skip,
        leverage=draw(st.none() | leverages),
        take_profit=targets,
        stop_loss=None if instant else draw(stop),
        note=draw(notes),
    )
