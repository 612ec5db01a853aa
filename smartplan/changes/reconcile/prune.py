"""What pruning does to a trade of ours whose entry has left the plans; pure."""

from collections.abc import Sequence

from smartplan.changes.changeset import Action, Blocked, Cancel, Close, Orphan, Why
from smartplan.changes.reconcile.inputs import Scope
from smartplan.state.store import KnownTrade
from smartplan.trade.model import PATCHABLE, OnRemove


def pruned(orphan: Orphan, twins: Sequence[int], known: KnownTrade | None, scope: Scope) -> Action:
    """What its own marker says, closing only when named.

    ``twins`` are the ids of all open trades of its name, ``known`` is what the journal opened under
    its marker: a copy made on the exchange carries the marker too, and is never ended here.
    """
    choices, of = scope.choices, orphan.of
    if not choices.prune or orphan.on_remove is OnRemove.KEEP or of.status not in PATCHABLE:
        return orphan
    reason = f"its entry left the plans, on_remove: {orphan.on_remove.value}"
    if known is not None and known.trade_id != of.trade_id:
        opened = f"but the trade that was opened is #{known.trade_id}: a copy made on the exchange?"
        return _unclear(orphan, f"#{of.trade_id} carries its marker, {opened}")
    if known is None and len(twins) > 1:
        ids = ", ".join(f"#{number}" for number in twins)
        return _unclear(orphan, f"{reason}, but {len(twins)} open trades go by its name ({ids})")
    if not orphan.entered:
        return Cancel(of, reason)
    if orphan.on_remove is OnRemove.CANCEL:
        end = scope.command(f"trade close {of.name}")
        return Blocked(
            of,
            f"{reason}, but something is filled: cancelling drops its exits, not its position",
            ways_out=(f"put it back into a plan, or {end}",),
        )
    if of.name not in choices.confirm_close:
        way = f"close its position at market: --prune --confirm-close {of.name}"
        return Blocked(of, reason, ways_out=(way,))
    return Close(of, reason)


def _unclear(orphan: Orphan, reason: str) -> Blocked:
    way = "take the marker off the copy's note, or end the right one by its id"
    return Blocked(orphan.of, reason, ways_out=(way,), why=Why.EXCHANGE)
