"""What the service calls a status, and what it says can be done with a trade that has it."""

from smartplan.sandbox.trade import ExchangeTrade

Json = dict[str, object]

TITLES = {
    "created": "Pending",
    "idle": "Pending",
    "to_process": "Pending",
    "waiting_position": "Pending Position Opened",
    "waiting_targets": "Waiting Targets",
    "order_placed": "Placed",
    "trailing_activated": "Trailing Activated",
    "cancellation_pending": "Cancelling",
    "panic_sell_pending": "Closing at Market Price",
    "stop_loss_in_progress": "Stop Loss in progress",
    "pending_reduce_funds": "Pending reduce funds",
    "finished": "Finished",
    "panic_sold": "Closed at Market Price",
    "stop_loss_finished": "Stop Loss finished",
    "cancelled": "Cancelled",
    "failed": "Failed",
    "smart_sell": "Own funds",
}
ORDER_TITLES = TITLES | {"panic_sell_pending": "Panic closing"}
"""An entry, a step or a stop that is being closed is called otherwise than a trade (recorded)."""

EDITABLE = frozenset({"waiting_position", "waiting_targets"})
CANCELABLE = frozenset({"waiting_position", "waiting_targets", "stop_loss_in_progress"})
CANCELABLE |= {"pending_reduce_funds", "reduce_funds_in_progress"}
CLOSABLE = CANCELABLE - {"waiting_position"}
OPEN_ORDER = frozenset({"to_process", "order_placed", "trailing_activated"})


def trade_status(trade: ExchangeTrade) -> Json:
    """The status object of a trade."""
    return _status(trade.status, TITLES, trade.error)


def order_status(kind: str, error: str | None = None) -> Json:
    """The status object of one of its orders."""
    return _status(kind, ORDER_TITLES, error)


def _status(kind: str, titles: dict[str, str], error: str | None) -> Json:
    shown: Json = {"type": kind, "basic_type": kind, "title": titles.get(kind, kind)}
    if error is not None:
        shown["error"] = error
    return shown


def price_editable(trade: ExchangeTrade) -> bool:
    """``position.price.editable``: until the position is opened, and of what was held before.

    Recorded: also while nothing else is editable (created, failed). Inferred: not of an entry that
    trails already.
    """
    if trade.skip_enter_step:
        return trade.active
    return not trade.entered and trade.entry.status != "trailing_activated"


def takes_funds(trade: ExchangeTrade) -> bool:
    """Whether funds can be added: while it waits for its position, and while that is open."""
    return trade.status in EDITABLE and not trade.instant and trade.entry.trailing is None


def available(trade: ExchangeTrade) -> Json:
    """The flags of ``data`` that say what can be asked of it."""
    return {
        "panic_sell_available": trade.status in CLOSABLE,
        "add_funds_available": takes_funds(trade),
        "reduce_funds_available": trade.status == "waiting_targets",
        "force_start_available": trade.active and trade.entry.status in OPEN_ORDER,
        "force_process_available": trade.active,
        "cancel_available": trade.status in CANCELABLE,
    }
