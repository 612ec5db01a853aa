"""SP3: what the schema judges of take profit and stop loss."""

from smartplan.lint.registry import structural

structural(
    "SP301",
    "documented",
    """The volumes of the take profit steps do not add up to exactly 100.

    Why:
        The service refuses anything else. (A live trade may show less after a step was cancelled;
        there, an ignore comment says so.)

    Bad:
        steps: [{order_type: limit, price: {value: 66000, type: bid}, volume: 90}]

    Good:
        steps: [{order_type: limit, price: {value: 66000, type: bid}, volume: 100}]
    """,
    binding=False,
)

structural(
    "SP303",
    "documented",
    """A target or stop trigger with both or neither of `value` and `percent`.

    Why:
        The price is either absolute or a distance from the entry; the service takes exactly one.

    Bad:
        price: {value: 66000, percent: 10, type: bid}

    Good:
        price: {value: 66000, type: bid}
    """,
)

structural(
    "SP304",
    "documented",
    """`percent` without a trailing entry, or `value` with one.

    Why:
        Until a trailing entry is filled nobody knows its price, so the service takes only percents
        then, and only prices otherwise. The runner sends prices once the entry is filled.

    Bad:
        position: {type: buy, order_type: market, units: {value: 0.01}}
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {percent: 5, type: bid}}

    Good:
        position: {type: buy, order_type: market, units: {value: 0.01}}
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 55000, type: bid}}
    """,
    binding=False,
)

structural(
    "SP307",
    "documented",
    """A trailing stop loss that is a limit order.

    Why:
        Only a market stop can follow the price.

    Bad:
        stop_loss:
          enabled: true
          order_type: limit
          price: {value: 54900}
          conditional: {price: {value: 55000, type: bid}, trailing: {enabled: true}}

    Good:
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 55000, type: bid}, trailing: {enabled: true}}
    """,
    binding=False,
)

structural(
    "SP308",
    "documented",
    """`breakeven` without an enabled stop loss and at least two take profit steps.

    Why:
        The stop moves to the entry price when the first target is reached. With one target the
        trade is over by then.

    Bad:
        take_profit: {enabled: false}
        stop_loss:
          enabled: true
          breakeven: true
          order_type: market
          conditional: {price: {value: 55000, type: bid}}

    Good:
        take_profit: {enabled: false}
        stop_loss:
          enabled: true
          order_type: market
          conditional: {price: {value: 55000, type: bid}}
    """,
    binding=False,
)
