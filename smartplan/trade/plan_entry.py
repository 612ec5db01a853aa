"""A live trade as the entry of a plan: what an author would have to write to mean it."""

from typing import cast

from msgspec.structs import replace

from smartplan.document.tree import Node
from smartplan.trade.bodies import create_body
from smartplan.trade.model import LiveTrade, OnRemove, StopLoss, TakeProfitStep, Trade
from smartplan.trade.wire import plain_values

_OFF: Node = {"enabled": False}


def adopting_entry(live: LiveTrade, account: str, note: str) -> dict[str, Node]:
    """The entry that takes a live trade over; ``account`` is an alias, ``note`` the user's text."""
    return _entry(live, account, note, {"adopt": live.id})


def orphan_entry(live: LiveTrade, account: str, note: str) -> dict[str, Node]:
    """The entry of a trade that is ours already by its marker."""
    marker = live.marker
    lifecycle: dict[str, Node] = {}
    if marker is not None and marker.round != 1:
        lifecycle["round"] = marker.round
    if marker is not None and marker.on_remove is not OnRemove.KEEP:
        lifecycle["on_remove"] = marker.on_remove.value
    return _entry(live, account, note, lifecycle)


def shown_entry(live: LiveTrade) -> dict[str, Node]:
    """What a plan would say of a live trade, without what is the runner's own."""
    entry = _entry(live, "", live.trade.note, {})
    del entry["account"]
    return entry


def _entry(live: LiveTrade, account: str, note: str, lifecycle: dict[str, Node]) -> dict[str, Node]:
    body = plain_values(cast("Node", create_body(_plannable(live), note)), "")
    assert isinstance(body, dict)  # noqa: S101  # a mapping stays a mapping
    del body["account_id"]
    entry: dict[str, Node] = {"account": account}
    entry |= {key: _tidy(value) for key, value in body.items()}
    if not note:
        del entry["note"]
    return entry | {"lifecycle": lifecycle} if lifecycle else entry


def _tidy(node: Node) -> Node:
    """Without what is off by default."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _tidy(value)
        for key, value in node.items()
        if not (key in {"trailing", "timeout"} and value == _OFF)
        and not (key == "breakeven" and value is False)
    }


def _plannable(live: LiveTrade) -> Trade:
    """The live trade without the service's ids, each target as value *or* percent."""
    trade = live.trade
    conditional = trade.position.conditional
    trails = conditional is not None and conditional.trailing is not None
    steps = (replace(_step(step, trails), id=None) for step in trade.take_profit)
    return replace(
        trade,
        take_profit=tuple(steps),
        stop_loss=None if trade.stop_loss is None else _stop(trade.stop_loss, trails),
    )


def _stop(stop: StopLoss, trails: bool) -> StopLoss:
    """With a trailing entry a plan speaks in percent, else in prices."""
    if stop.percent is not None and (trails or stop.trigger is None):
        return replace(stop, trigger=None)
    return replace(stop, percent=None)


def _step(step: TakeProfitStep, trails: bool) -> TakeProfitStep:
    if step.percent is not None and (trails or step.price is None):
        return replace(step, price=None)
    return replace(step, percent=None)
