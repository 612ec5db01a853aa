"""The families that need the exchange; imported when one of their rules is asked for."""

from smartplan.lint.rules import account, market, order_limits

__all__ = ["account", "market", "order_limits"]
