"""Keys that nothing may ever show, and a workspace to live through with them."""

KEY = "canary-key-0123456789-abcdef-0123456789"
SECRET = "canary-secret-0123456789-abcdef"
TOML = """
workspace = "desk"
environment = "paper"
since = {since}

[environments.paper.accounts]
main = 1
futures = 2
[state]
settle_window = 0
"""
PLAN = """
account: main
pair: USDT_BTC
position: {{type: buy, order_type: limit, units: {{value: {units}}}, price: {{value: 60000}}}}
take_profit:
  enabled: true
  steps: [{{order_type: limit, price: {{value: {target}, type: bid}}, volume: 100}}]
stop_loss:
  {{enabled: true, order_type: market, conditional: {{price: {{value: 55000, type: bid}}}}}}
"""
