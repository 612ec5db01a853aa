"""Texts of plans by chance, each fit to be applied."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

kinds = st.sampled_from(["limit", "market", "conditional", "trailing"])


@st.composite
def plans(draw, kind=None, long=None):
    """A valid plan on the sandbox's BTC market, exits on their right sides, as YAML text."""
    long = draw(st.booleans()) if long is None else long
    sign = 1 if long else -1
    kind = kind or draw(kinds)
    entry = {"market": 61000}.get(kind) or (61000 - sign * draw(st.integers(500, 9000)))
    body = entry_of(kind, entry, "buy" if long else "sell")
    count = draw(st.integers(0, 4))
    exit_type = "bid" if long else "ask"
    percent = kind == "trailing"
    steps = []
    for index in range(count):
        away = 5 + 5 * index + draw(st.integers(0, 4))
        price = f"percent: {away}" if percent else f"value: {entry + sign * entry * away // 100}"
        volume = 100 // count + (100 % count if index == 0 else 0)
        last_trails = index == count - 1 and draw(st.booleans())
        order, trailing = "limit", ""
        if last_trails:
            order, trailing = "market", ", trailing: {enabled: true, percent: 1.5}"
        steps.append(
            f"{{order_type: {order}, price: {{{price}, type: {exit_type}}}, "
            f"volume: {volume}{trailing}}}"
        )
    listed = ", ".join(steps)
    enabled = f"{{enabled: true, steps: [{listed}]}}" if steps else "{enabled: false}"
    body.append(f"take_profit: {enabled}")
    if draw(st.booleans()):
        away = draw(st.integers(15, 24))
        trigger = f"percent: {away}" if percent else f"value: {entry - sign * entry * away // 100}"
        breakeven = ", breakeven: true" if count > 1 and draw(st.booleans()) else ""
        timeout = ", timeout: {enabled: true, value: 30}" if draw(st.booleans()) else ""
        trailing = ""
        if not breakeven and draw(st.booleans()):
            trailing = ", trailing: {enabled: true, percent: 3}"
        body.append(
            f"stop_loss: {{enabled: true, order_type: market{breakeven}{timeout}, conditional: "
            f"{{price: {{{trigger}, type: {exit_type}}}{trailing}}}}}"
        )
    else:
        body.append("stop_loss: {enabled: false}")
    return "\n".join(["account: main", "pair: USDT_BTC", *body]) + "\n"


def entry_of(kind, price, side):
    units = "units: {value: 0.01}"
    if kind == "market":
        return [f"position: {{type: {side}, order_type: market, {units}}}"]
    if kind == "limit":
        return [
            f"position: {{type: {side}, order_type: limit, {units}, price: {{value: {price}}}}}"
        ]
    trailing = ", trailing: {enabled: true, percent: 1}" if kind == "trailing" else ""
    return [
        (
            f"position: {{type: {side}, order_type: conditional, {units}, conditional: "
            f"{{price: {{value: {price}}}, order_type: market{trailing}}}}}"
        )
    ]


slow = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
