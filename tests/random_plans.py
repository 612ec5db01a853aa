"""Random plans, as the sandbox's engine and as the second simulator reads them, and prices."""

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from smartplan.sandbox.turn import MarketRules
from tests import second_simulator as second

F = Fraction
MIDDLE = 100


def plan(luck: random.Random) -> tuple[dict, second.Plan]:
    """The body of a create, and the same plan."""
    side = luck.choice(["buy", "sell"])
    long = side == "buy"
    up = 1 if long else -1
    kind = luck.choice(["market", "limit", "if-market", "if-limit", "if-trailing"])
    limit = MIDDLE + luck.randint(-4, 4) if kind in ("limit", "if-limit") else None
    trigger = MIDDLE + luck.randint(-4, 4) if kind.startswith("if") else None
    distance = luck.choice(["1", "2", "5"]) if kind == "if-trailing" else None
    position = {
        "type": side,
        "order_type": "conditional" if trigger else kind,
        "units": {"value": "1"},
    }
    if limit is not None:
        position["price"] = {"value": limit}
    if trigger is not None:
        inner = "limit" if kind == "if-limit" else "market"
        position["conditional"] = {
            "price": {"value": trigger, "type": "last"}, "order_type": inner,
        }  # fmt: skip
        if distance is not None:
            position["conditional"]["trailing"] = {"enabled": True, "percent": distance}
    away = kind == "if-trailing"
    steps, targets = _targets(luck, up, away=away)
    stop, stopped = _stop(luck, up, away=away, breakeven=len(steps) > 1)
    body = {
        "account_id": 1,
        "pair": "USDT_BTC",
        "position": position,
        "take_profit": {"enabled": bool(steps), "steps": steps},
        "stop_loss": stop,
    }
    return body, second.Plan(
        long=long,
        entry=kind,
        units=F(1),
        limit=None if limit is None else F(limit),
        trigger=None if trigger is None else F(trigger),
        distance=None if distance is None else F(distance) / 100,
        targets=targets,
        stop=stopped,
        away=away,
    )


def _targets(
    luck: random.Random, up: int, *, away: bool
) -> tuple[list[dict], tuple[second.Target, ...]]:
    volumes = luck.choice([[], [100], [50, 50], [30, 70]])
    steps, targets, far = [], [], 0
    for number, volume in enumerate(volumes):
        far += luck.randint(1, 4)
        price = far if away else MIDDLE + up * far
        kind = luck.choice(["limit", "market"])
        last = number == len(volumes) - 1
        trailing = luck.choice(["1", "3"]) if last and luck.random() < 0.4 else None
        step = {
            "order_type": "market" if trailing else kind,
            "price": {"percent" if away else "value": price, "type": "last"},
            "volume": str(volume),
        }
        if trailing is not None:
            step["trailing"] = {"enabled": True, "percent": trailing}
        steps.append(step)
        distance = None if trailing is None else F(trailing) / 100
        target = second.Target(
            step["order_type"], F(price, 100 if away else 1), F(volume, 100), distance
        )
        targets.append(target)
    return steps, tuple(targets)


def _stop(
    luck: random.Random, up: int, *, away: bool, breakeven: bool
) -> tuple[dict, second.Stop | None]:
    if luck.random() < 0.2:
        return {"enabled": False}, None
    far = luck.randint(2, 6)
    trigger = far if away else MIDDLE - up * far
    body = {
        "enabled": True,
        "order_type": "market",
        "conditional": {"price": {"percent" if away else "value": trigger, "type": "last"}},
        "breakeven": breakeven and luck.random() < 0.6,
    }
    limit, trailing = None, False
    if not away and luck.random() < 0.25:
        limit = trigger + luck.choice([-1, 0, 1])
        body |= {"order_type": "limit", "price": {"value": limit}, "breakeven": False}
    elif luck.random() < 0.4:
        trailing = True
        body["conditional"]["trailing"] = {"enabled": True}
    return body, second.Stop(
        F(trigger, 100 if away else 1),
        body["order_type"],
        None if limit is None else F(limit),
        body["breakeven"],
        trailing,
    )


def costs(luck: random.Random, plan: second.Plan) -> tuple[MarketRules, Decimal, second.Plan]:
    """What trading costs, as the engine has it, the funding in percent, and the same plan."""
    fee, maker = luck.choice(["0", "0.001", "0.0005"]), luck.choice([None, "0", "0.0002"])
    slippage, funding = luck.choice(["0", "0.05", "1"]), luck.choice(["0", "0.01", "0.5"])
    rules = MarketRules(
        fee=Decimal(fee),
        maker=None if maker is None else Decimal(maker),
        fee_model=luck.choice(["base", "quote"]),
        slippage=Decimal(slippage),
    )
    return (
        rules,
        Decimal(funding),
        replace(
            plan,
            fee=F(fee),
            maker=None if maker is None else F(maker),
            fee_in_base=rules.fee_model == "base",
            slippage=F(slippage) / 100,
            funding=F(funding) / 100,
        ),
    )


def ticks(luck: random.Random) -> list[int]:
    """Prices one after the other."""
    return [MIDDLE + luck.randint(-9, 9) for _ in range(luck.randint(3, 25))]


def candles(luck: random.Random, most: int) -> list[tuple[int, int, int, int]]:
    """Open, high, low and close; gaps between them are rare."""
    found, price = [], MIDDLE + luck.randint(-3, 3)
    for _ in range(luck.randint(1, most)):
        opens = price if luck.random() < 0.7 else price + luck.randint(-3, 3)
        close = opens + luck.randint(-4, 4)
        high = max(opens, close) + luck.randint(0, 4)
        low = min(opens, close) - luck.randint(0, 4)
        found.append((opens, high, low, close))
        price = close
    return found
