"""A trade as one line: direction, size, entry, targets, stop."""

from collections.abc import Iterator

from smartplan.document.scalars import number_text, percent_text
from smartplan.report.foreign_text import clean
from smartplan.trade.model import Position, StopLoss, TakeProfitStep, Trade


def trade_line(trade: Trade) -> str:
    """``long 0.01 @ 60000 limit · TP 66000 × 50 %, 72000 × 50 % trailing 2 % · SL 55000``."""
    return clean(" · ".join(_parts(trade)))


def _parts(trade: Trade) -> Iterator[str]:
    yield f"{trade.side} {number_text(trade.position.units)} {_entry(trade)}"
    if trade.leverage is not None:
        value = trade.leverage.value
        size = f" {number_text(value)}×" if value is not None else ""
        yield f"leverage {trade.leverage.type or 'of unknown type'}{size}"
    if trade.take_profit:
        yield "TP " + ", ".join(map(_target, trade.take_profit))
    if trade.stop_loss is not None:
        yield "SL " + stop_text(trade.stop_loss)
    if not trade.instant and trade.stop_loss is None:
        yield "no stop loss"


def _entry(trade: Trade) -> str:
    position = trade.position
    if trade.skip_enter_step:
        held = f" since {number_text(position.price)}" if position.price is not None else ""
        return f"already held{held}"
    instant = " (instant)" if trade.instant else ""
    return _order(position) + instant


def _order(position: Position) -> str:
    price = number_text(position.price) if position.price is not None else "?"
    conditional = position.conditional
    if conditional is None:
        return f"@ {price} limit" if position.order_type == "limit" else "@ market"
    when = f"when {conditional.price_type} reaches {number_text(conditional.price)}"
    if conditional.trailing is not None and conditional.trailing.percent is not None:
        return f"@ market, trailing {percent_text(conditional.trailing.percent)} {when}"
    return f"@ {price} limit {when}" if conditional.order_type == "limit" else f"@ market {when}"


def _target(step: TakeProfitStep) -> str:
    if step.price is not None:
        at = number_text(step.price)
    else:
        at = percent_text(step.percent) if step.percent is not None else "?"
    return f"{at} × {volume_text(step)}"


def volume_text(step: TakeProfitStep) -> str:
    """``50 % trailing 2 %``."""
    trailing = ""
    if step.trailing is not None and step.trailing.percent is not None:
        trailing = f" trailing {percent_text(step.trailing.percent)}"
    return f"{percent_text(step.volume)}{trailing}"


def stop_text(stop: StopLoss) -> str:
    """``55000 limit 54900 trailing 2 % after 30 s``."""
    if stop.trigger is not None:
        at = number_text(stop.trigger)
    else:
        at = percent_text(stop.percent) if stop.percent is not None else "?"
    if stop.price is not None:
        at += f" limit {number_text(stop.price)}"
    if stop.trailing is not None:
        percent = stop.trailing.percent
        at += f" trailing {percent_text(percent)}" if percent is not None else " trailing"
    if stop.timeout is not None:
        at += f" after {stop.timeout} s"
    return at
