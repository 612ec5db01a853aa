"""Texts of plans that many tests begin with."""

PLAN = """\
account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit: {enabled: false}
stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
"""A long far below the market, with a stop and no target; its name is the name of its file."""

TWO_TARGETS = """\
trades:
  btc-swing:
    account: main
    pair: USDT_BTC
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    take_profit:
      enabled: true
      steps:
        - {order_type: limit, price: {value: 66000, type: bid}, volume: 50}
        - {order_type: limit, price: {value: 72000, type: bid}, volume: 50}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
"""The plan of ``tests.bodies.LONG``."""

TWO_TRADES = """\
defaults: {account: main, pair: USDT_BTC, take_profit: {enabled: false}}
trades:
  one:
    position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
  two:
    position: {type: buy, order_type: limit, units: {value: 0.02}, price: {value: 59000}}
    stop_loss: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
"""
