"""Numbers for people: amounts of money, prices, percents."""

from decimal import ROUND_HALF_EVEN, Decimal

from smartplan.document.scalars import number_text

NONE = "–"
_SIGNIFICANT = 6
_CENT = Decimal("0.01")


def money(value: Decimal | None, *, signed: bool = False) -> str:
    """Cents from 1 on, six significant digits below; ``–`` for what is not known."""
    if value is None:
        return NONE
    sign = "+" if signed and value > 0 else ""
    if value == value.to_integral_value():
        return sign + number_text(value)
    if abs(value) >= 1:
        return sign + format(value.quantize(_CENT, ROUND_HALF_EVEN), "f")
    return sign + significant(value)


def price(value: Decimal | None) -> str:
    """A price as it is, averages with many digits cut to ten significant ones."""
    if value is None:
        return NONE
    digits = len(value.normalize().as_tuple().digits)
    return number_text(value) if digits <= 10 else significant(value, 10)


def significant(value: Decimal, digits: int = _SIGNIFICANT) -> str:
    """A number with that many significant digits."""
    places = digits - 1 - value.adjusted()
    return number_text(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN))


def percent(value: Decimal | None) -> str:
    """``+1.54 %``."""
    return NONE if value is None else f"{value:+.2f} %"
