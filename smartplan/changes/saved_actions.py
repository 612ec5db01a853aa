"""The actions of a saved changeset, held against the plans that are in it; pure.

The file is no authority: `apply` reconciles its plans again and sends what comes of them, if that
is what the file says. So what is shown of it must follow from the same plans.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct, ValidationError, convert, structs

from smartplan.changes.changeset import KINDS, OPENING, rank_of
from smartplan.changes.identity import as_json, digest_of_actions
from smartplan.changes.reconcile.create import body_of
from smartplan.changes.saved import SavedChangeset
from smartplan.document.scalars import number_text
from smartplan.trade.marker import split_note
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.wire import decimal_or_none

_KINDS = frozenset(KINDS.values())


class SavedAct(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One action as the file has it: what would be sent is ``payload``.

    ``changes`` are path, before and after of fields; ``widens`` the paths that widen risk.
    """

    action: str
    name: str
    round: int
    account_id: int
    pair: str
    trade_id: int | None
    fingerprint: str
    payload: dict[str, object] | None
    changes: tuple[tuple[str, str, str], ...]
    widens: tuple[str, ...]


def read_acts(saved: SavedChangeset, trades: Sequence[PlannedTrade]) -> tuple[SavedAct, ...]:
    """The actions. Raises ``ValueError`` with what contradicts the plans, or itself."""
    try:
        acts = convert(saved.actions, tuple[SavedAct, ...])
    except ValidationError as error:
        raise ValueError(f"an action cannot be read: {error}") from None
    for contradiction in _contradictions(acts, saved, {trade.name: trade for trade in trades}):
        raise ValueError(contradiction)
    return acts


def _contradictions(
    acts: Sequence[SavedAct], saved: SavedChangeset, planned: Mapping[str, PlannedTrade]
) -> Iterator[str]:
    if saved.changes != digest_of_actions(saved.actions):
        yield "its changes id is not that of its actions"
    if missing := sorted(saved.trades - planned.keys()):
        yield f"its plans hold no trade {missing[0]}"
    if unknown := sorted(saved.trades - saved.known):
        yield f"{unknown[0]} is none of its names"
    ranks = [_rank(act) for act in acts if act.action in _KINDS]
    if ranks != sorted(ranks):
        yield "its actions are in another order"
    yield from _twice(acts)
    for act in acts:
        if act.action not in _KINDS:
            yield f"{act.name}: there is no action {act.action}"
        if act.account_id not in saved.accounts.values():
            yield f"{act.name}: the account {act.account_id} is none of its accounts"
        trade = planned.get(act.name)
        if trade is None and act.action not in {"cancel", "close"}:
            yield f"{act.name} is in none of its plans"
        if trade is not None:
            yield from _beside_plan(act, trade, saved.workspace)


def _rank(act: SavedAct) -> int:
    return rank_of(act.action, any(path.startswith("stop_loss") for path, _, _ in act.changes))


def _twice(acts: Sequence[SavedAct]) -> Iterator[str]:
    for names in (
        Counter(act.name for act in acts),
        Counter(f"#{act.trade_id}" for act in acts if act.trade_id is not None),
    ):
        yield from (f"{name} is acted on twice" for name, number in names.items() if number > 1)


def _beside_plan(act: SavedAct, planned: PlannedTrade, workspace: str) -> Iterator[str]:
    trade = planned.trade
    if act.action not in {"cancel", "close", "adopt"}:
        if act.round != planned.lifecycle.round:
            yield f"{act.name}: its plan is of round {planned.lifecycle.round}, not {act.round}"
        if (act.account_id, act.pair) != (trade.account_id, trade.pair):
            yield f"{act.name}: its account or pair is not that of its plan"
    if act.action in OPENING:
        if act.payload not in _bodies(planned, workspace):
            yield f"{act.name}: what would be sent is not what its plan says"
        return
    yield from _own_note(act, planned, workspace)
    if act.action == "update":
        yield from _own_changes(act)
    if act.action in {"cancel", "close"} and act.payload is not None:
        yield f"{act.name}: to {act.action} it nothing is sent along"


def _bodies(planned: PlannedTrade, workspace: str) -> Iterable[object]:
    """The create bodies of the plan: a spot account drops leverage from what its marker says."""
    spot = structs.replace(planned, trade=structs.replace(planned.trade, leverage=None))
    return [as_json(body_of(trade, workspace)) for trade in (planned, spot)]


def _own_note(act: SavedAct, planned: PlannedTrade, workspace: str) -> Iterator[str]:
    if act.payload is None or act.action in {"cancel", "close"}:
        return
    text, marker = split_note(str(act.payload.get("note")))
    if marker is None or marker.owner != (workspace, planned.name, planned.lifecycle.round):
        yield f"{act.name}: the marker that would be sent is of another trade"
    if text != planned.trade.note and act.action != "adopt":
        yield f"{act.name}: the note that would be sent is not its plan's"


def _own_changes(act: SavedAct) -> Iterator[str]:
    """Each number that is to change is the one that would be sent."""
    patch = (act.payload or {}).get("patch")
    for path, _, after in act.changes:
        if "[" in path:
            continue  # steps that are over are left out of what is sent: counted otherwise
        sent, said = decimal_or_none(_at(patch, path.split("."))), decimal_or_none(after)
        if sent is not None and said is not None and sent != said:
            yield f"{act.name}: {path} is shown as {after}, and {number_text(sent)} would be sent"


def _at(body: object, keys: Sequence[str]) -> object:
    for key in keys:
        body = body.get(key) if isinstance(body, Mapping) else None
    return body if isinstance(body, str | int | Decimal) else None
