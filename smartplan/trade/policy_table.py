"""The ``[policy]`` table of ``smartplan.toml`` as a ``Policy``.

A guard rail is ``rule = LIMIT`` or ``rule = {limit = LIMIT, level = LEVEL}``; one without a limit
is ``rule = true`` or ``rule = LEVEL``. Levels are ``warn``, ``ask``, ``soft`` and ``hard``; without
one it is ``soft``, and ``freeze`` is ``hard``. Money is ``{USDT = 1000}`` per quote currency, or
``"2%"`` of the equity that ``[risk]`` states.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar

from smartplan.errors import UsageError
from smartplan.settings import Environment
from smartplan.trade.policy import Level, Limit, Money, Policy
from smartplan.trade.rounding import exact

_PERCENT = r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%"
_KNOWN = tuple(Policy.__struct_fields__)

_T = TypeVar("_T")


@exact
def read_policy(
    table: Mapping[str, object], *, equity: Money, environment: Environment = "sandbox"
) -> Policy:
    """The policy of a ``[policy]`` table; ``equity`` is ``[risk] equity``. Raises ``UsageError``.

    Only ``fires_at_once`` is on by itself: it stops an apply on ``real``; elsewhere a
    person is asked, and a bare ``--yes`` does not do.
    """
    for key in table:
        if key not in _KNOWN:
            import difflib

            near = difflib.get_close_matches(key, _KNOWN, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(_KNOWN)}"
            raise _wrong(key, "is no guard rail", hint)
    read = _Table(table, equity)
    by_itself = Level.SOFT if environment == "real" else Level.ASK
    return Policy(
        require_stop_loss=read.switch("require_stop_loss"),
        market_entry_needs_expect=read.switch("market_entry_needs_expect"),
        fires_at_once=read.switch("fires_at_once", by_itself),
        widen_risk=read.switch("widen_risk"),
        freeze=read.switch("freeze", on=Level.HARD),
        max_leverage=read.limit("max_leverage", read.number),
        min_reward_risk=read.limit("min_reward_risk", read.number),
        max_price_deviation=read.limit("max_price_deviation", read.number),
        max_notional=read.limit("max_notional", read.money),
        max_notional_per_quote=read.limit("max_notional_per_quote", read.money),
        max_loss_at_stop=read.limit("max_loss_at_stop", read.money),
        max_open_risk=read.limit("max_open_risk", read.money),
        allowed_pairs=read.limit("allowed_pairs", read.patterns),
        denied_pairs=read.limit("denied_pairs", read.patterns),
        max_open_trades=read.limit("max_open_trades", read.count),
        max_creates=read.limit("max_creates", read.count),
        max_updates=read.limit("max_updates", read.count),
        max_cancels=read.limit("max_cancels", read.count),
    )


class _Table:
    """The table, and how its values are read; ``rule`` names the key in messages."""

    def __init__(self, items: Mapping[str, object], equity: Money) -> None:
        self._items = items
        self._equity = equity

    def switch(
        self, rule: str, default: Level | None = None, on: Level = Level.SOFT
    ) -> Level | None:
        value = self._items.get(rule)
        if value is None:
            return default
        if isinstance(value, bool):
            return on if value else None
        return self._level(rule, value, "true, false or a level")

    def limit(self, rule: str, read: Callable[[str, object], _T]) -> Limit[_T] | None:
        value = self._items.get(rule)
        if value is None:
            return None
        if not isinstance(value, dict) or "limit" not in value:
            return Limit(read(rule, value), Level.SOFT)
        extra = sorted(set(value) - {"limit", "level"})
        if extra:
            raise _wrong(rule, f"has an unknown key `{extra[0]}`", "it takes limit and level")
        level = self._level(rule, value.get("level", Level.SOFT.value), "a level")
        return Limit(read(f"{rule}.limit", value["limit"]), level)

    def number(self, rule: str, value: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise _wrong(rule, "must be a number")
        number = Decimal(value)
        if not number.is_finite() or number < 0:
            raise _wrong(rule, "must be a finite number, not below 0")
        return number

    def count(self, rule: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise _wrong(rule, "must be a whole number, not below 0")
        return value

    def patterns(self, rule: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _wrong(rule, "must be a list of pairs", 'for example ["USDT_BTC", "USDT_*"]')
        return tuple(value)

    def money(self, rule: str, value: object) -> Money:
        if isinstance(value, str):
            return self._share(rule, value)
        if not isinstance(value, dict) or not value:
            raise _wrong(
                rule, "must be an amount per quote currency", 'for example {USDT = 1000}, or "2%"'
            )
        return {quote: self.number(f"{rule}.{quote}", amount) for quote, amount in value.items()}

    def _share(self, rule: str, text: str) -> Money:
        match = re.fullmatch(_PERCENT, text)
        if match is None:
            raise _wrong(rule, f"is `{text}`", 'for example {USDT = 1000}, or "2%"')
        if not self._equity:
            raise _wrong(
                rule, "is a percentage of nothing", "state the equity in [risk.equity], per quote"
            )
        share = Decimal(match[1]) / 100
        return {quote: amount * share for quote, amount in self._equity.items()}

    def _level(self, rule: str, value: object, expected: str) -> Level:
        for level in Level:
            if value == level.value:
                return level
        levels = ", ".join(level.value for level in Level)
        raise _wrong(rule, f"must be {expected}", f"the levels are {levels}")


def _wrong(rule: str, what: str, hint: str | None = None) -> UsageError:
    return UsageError(f"smartplan.toml: `policy.{rule}` {what}", hint=hint)
