"""SP2: the entry."""

from collections.abc import Iterator

from smartplan.diagnostics import Severity
from smartplan.document.scalars import number_text
from smartplan.lint.context import Context
from smartplan.lint.registry import Problem, rule, structural
from smartplan.lint.rules.exits import trailing_bounds
from smartplan.trade.model import Side
from smartplan.trade.parse import PlannedTrade

structural(
    "SP201",
    "documented",
    """An instant trade with an enabled take profit or stop loss, a trigger, or a held position.

    Why:
        `instant` is one market or limit order and nothing else: the service refuses exits, a
        conditional entry and `skip_enter_step` beside it.

    Bad:
        instant: true
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 55000, type: bid}}

    Good:
        instant: true
        stop_loss: {enabled: false}
    """,
)


@rule("SP202", Severity.ERROR, "documented", binding=True)
def held_position(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """`skip_enter_step` without the entry price, with a trigger, or (warning) without an exit.

    Why:
        No entry order is placed: `position.price` is what the position was entered at, and profit
        and loss are counted from it. Without an enabled exit there is nothing for the trade to do.

    Bad:
        skip_enter_step: true
        position: {type: buy, order_type: market, units: {value: 0.01}}

    Good:
        skip_enter_step: true
        position: {type: buy, order_type: market, units: {value: 0.01}, price: {value: 60000}}
    """
    plan = trade.trade
    if plan.skip_enter_step and not plan.take_profit and plan.stop_loss is None:
        yield Problem(
            ("skip_enter_step",),
            "a held position without an exit: this trade will do nothing",
            "enable `take_profit` or `stop_loss`",
            Severity.WARNING,
            key=True,
        )


structural(
    "SP203",
    "documented",
    """A limit entry without a price, or a conditional entry without trigger, order type or price.

    Why:
        The service needs the limit price for every limit order, and for a conditional entry the
        trigger and what to place once it is reached.

    Bad:
        position: {type: buy, order_type: limit, units: {value: 0.01}}

    Good:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    """,
)


@rule("SP204", Severity.WARNING, "practice")
def ignored_price(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A price or trigger of the entry that will be ignored.

    Why:
        A market entry fills at the market, whatever `price` says; a `conditional` block counts only
        with `order_type: conditional`. Whoever wrote the number expects it to matter.

    Bad:
        position: {type: buy, order_type: market, units: {value: 0.01}, price: {value: 60000}}

    Good:
        position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    """
    plan, written = trade.trade, trade.body["position"]
    if not isinstance(written, dict):
        return
    kind = plan.position.order_type
    if "conditional" in written and kind != "conditional":
        yield Problem(
            ("position", "conditional"),
            f"this trigger is ignored: with `order_type: {kind}` the order is placed at once",
            "write `order_type: conditional`, or drop `conditional`",
            key=True,
        )
    if "price" in written and plan.position.price is None:
        market = "a conditional market entry" if kind == "conditional" else "a market entry"
        yield Problem(
            ("position", "price"),
            f"this price is ignored: {market} fills at the market",
            "write `order_type: limit`, or drop `price`; "
            "`lifecycle.expect` states a price to stay near",
            key=True,
        )


@rule("SP205", Severity.ERROR, "documented", binding=True)
def entry_trailing(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """A trailing entry that is not a conditional market order, or has no percent.

    The percent lies between 0.01 and 100.

    Why:
        Only a conditional entry that places a market order can follow the price, and it needs to
        know how closely.

    Bad:
        conditional:
          price: {value: 60000}
          order_type: limit
          trailing: {enabled: true, percent: 1}

    Good:
        conditional:
          price: {value: 60000}
          order_type: market
          trailing: {enabled: true, percent: 1}
    """
    conditional = trade.trade.position.conditional
    if conditional is not None:
        yield from trailing_bounds(("position", "conditional"), conditional.trailing)


@rule("SP206", Severity.WARNING, "practice")
def conditional_limit_price(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """The limit price of a conditional entry equals its trigger, or lies on the waiting side.

    Why:
        Once triggered, the order should fill. A long's limit below its trigger (a short's above)
        rests in the book and waits for the price to come back, which is a rarer wish; at the
        trigger itself the smallest move leaves the order behind.

    Bad:
        position:
          type: buy
          order_type: conditional
          units: {value: 0.01}
          price: {value: 59000}
          conditional: {price: {value: 60000}, order_type: limit}

    Good:
        position:
          type: buy
          order_type: conditional
          units: {value: 0.01}
          price: {value: 60100}
          conditional: {price: {value: 60000}, order_type: limit}
    """
    position = trade.trade.position
    conditional = position.conditional
    if conditional is None or conditional.order_type != "limit" or position.price is None:
        return
    beyond = (position.price - conditional.price) * trade.trade.side.sign
    limit, trigger = number_text(position.price), number_text(conditional.price)
    side = "above" if trade.trade.side is Side.LONG else "below"
    if beyond == 0:
        yield Problem(
            ("position", "price", "value"),
            f"the limit price equals the trigger ({trigger}): the order may be left behind",
            f"put it a little {side} the trigger",
        )
    elif beyond < 0:
        yield Problem(
            ("position", "price", "value"),
            f"the limit price {limit} lies on the waiting side of the trigger {trigger}: "
            "the order waits for the price to come back",
            f"to fill at once, put it {side} the trigger",
            Severity.INFO,
        )


@rule("SP207", Severity.WARNING, "practice")
def no_exit(trade: PlannedTrade, _: Context) -> Iterator[Problem]:
    """Neither take profit nor stop loss is enabled on a trade that is not instant.

    Why:
        Once entered, nothing will ever close the position. If that is meant, `instant` says so.

    Bad:
        take_profit: {enabled: false}
        stop_loss: {enabled: false}

    Good:
        take_profit: {enabled: false}
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 55000, type: bid}}
    """
    plan = trade.trade
    if plan.instant or plan.skip_enter_step or plan.take_profit or plan.stop_loss is not None:
        return
    yield Problem(
        ("take_profit",),
        "neither take profit nor stop loss is enabled: nothing will close this position",
        "enable one of them; `instant: true` is for an entry alone",
        key=True,
    )
