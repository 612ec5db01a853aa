"""What becomes of an open trade of the same round: updated, left alone, or blocked."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest

from msgspec import Struct
from msgspec.structs import replace

from smartplan.api.entities import Rates
from smartplan.changes.changeset import Action, Blocked, SetNote, Unchanged, Update, Why
from smartplan.changes.diff.attribution import Cause
from smartplan.changes.diff.field_change import WIDENS, FieldChange
from smartplan.changes.diff.finished_targets import misfit, too_late, way_out, why_not
from smartplan.changes.diff.patch import patch_body, patched
from smartplan.changes.diff.step_matching import STEP_IDS, ids_of
from smartplan.changes.diff.trade_diff import TradeDiff, diff
from smartplan.changes.exposure import Assess, Stake, live_risk, marked, position_risk
from smartplan.changes.reconcile.inputs import Prices
from smartplan.changes.reconcile.matching import target_of
from smartplan.diagnostics import Location, Path, format_path
from smartplan.state.store import KnownTrade
from smartplan.trade.fields import AppliedFields, value_text
from smartplan.trade.marker import NOTE_ECHO, note_for, same_note, split_note, stored_note
from smartplan.trade.model import PATCHABLE, SETTLING, LiveTrade, Marker
from smartplan.trade.parse import PlannedTrade

MARKER: Path = ("marker",)
"""What a note to set changes when the user's own text stays."""


class UpdateDecision(Struct, frozen=True):
    """One open trade of the plan's round beside its plan.

    ``journal`` are its fields as last applied, where they are known. ``overwrite``: what was moved
    on the exchange is put back.
    """

    planned: PlannedTrade
    live: LiveTrade
    marker: Marker
    workspace: str
    journal: AppliedFields | None = None
    overwrite: bool = False

    def actions(self, assess: Assess, prices: Prices) -> Iterator[Action]:
        """Compare and decide: an update may stand beside a blocked group of the same trade."""
        found = self._found()
        if found.immutable:
            yield self._immutable(found.immutable)
            return
        note = note_for(self.planned, self.workspace, found.digests)
        if found.of(Cause.PLAN):
            yield self._plan_change(found, note, assess, prices)
        for cause in (Cause.DRIFT, Cause.CONFLICT):
            if moved := found.of(cause):
                yield self._moved(cause, moved, found, assess)
        if not found.groups:
            yield self._settled(note, found, assess)

    def _found(self, tick: Decimal | None = None) -> TradeDiff:
        """The differences; ``tick`` is the price step of the pair, where it matters."""
        planned, digests_ = self.planned.trade, self.marker.digests
        found = diff(planned, self.live, digests_, self.journal, tick)
        return found.overwritten() if self.overwrite else found

    def _blocked(
        self, reason: str, changes: tuple[FieldChange, ...], *ways_out: str, why: Why = Why.PLAN
    ) -> Blocked:
        of = target_of(self.planned.name, self.live)
        return Blocked(of, reason, self._located(changes), ways_out, why)

    def _located(self, changes: tuple[FieldChange, ...]) -> tuple[FieldChange, ...]:
        locate = self.planned.locate
        return tuple(
            change if change.path == MARKER else replace(change, location=locate(change.path))
            for change in changes
        )

    def _immutable(self, changes: tuple[FieldChange, ...]) -> Blocked:
        return self._blocked(
            f"{_listed(changes)} cannot be changed on a live trade",
            changes,
            "undo it in the plan",
            "or raise `lifecycle.round` and give this one up, while nothing is filled: "
            f"--replace {self.planned.name}",
        )

    def _plan_change(self, found: TradeDiff, note: str, assess: Assess, prices: Prices) -> Action:
        planned, changes = self.planned.trade, found.of(Cause.PLAN)
        refused = _not_taken(self.live, changes)
        if refused:
            return self._blocked(refused, changes, "diff again when it has changed")
        targets = [change for change in changes if change.path[0] == "take_profit"]
        certain = found.certain(targets)
        if targets and (left := misfit(planned, self.live, found.late, certain=certain)):
            told = tuple(change for change in found.late if change.path[0] == "take_profit")
            way = way_out(left, told, planned, self.planned.locate)
            return self._blocked(why_not(left), (*told, *changes), way)
        rates = prices(planned)
        if rates is not None:
            found = self._found(rates.limits.price_step)
            changes = found.of(Cause.PLAN)
        before, after = self._stakes(found, assess, rates)
        return Update(
            target_of(self.planned.name, self.live),
            self._located((*marked(changes, before, after), *self._note_fields())),
            planned,
            after.trade,
            self.live.may_hold,
            patch_body(planned, self.live, found, changes),
            note,
            risk_before=before.risk,
            risk_after=after.risk,
            step_ids=tuple(self._step_ids()),
            reason=self._late(found),
            applied=found.applied,
        )

    def _stakes(
        self, found: TradeDiff, assess: Assess, rates: Rates | None = None
    ) -> tuple[Stake, Stake]:
        """What is at risk before the plan's changes are made, and after them."""
        live, after = self.live, patched(self.planned.trade, self.live, found)
        return (
            Stake(live.trade, live_risk(live, assess, self.planned, rates)),
            Stake(after, position_risk(after, live, assess, self.planned, rates)),
        )

    def _late(self, found: TradeDiff) -> str:
        return too_late(found.late, self.live, self.planned.locate)

    def _step_ids(self) -> Iterator[int | None]:
        steps = zip_longest(self.planned.trade.take_profit, self.live.trade.take_profit)
        return (live.id if live is not None else None for planned, live in steps if planned)

    def _moved(
        self, cause: Cause, changes: tuple[FieldChange, ...], found: TradeDiff, assess: Assess
    ) -> Blocked:
        undone = found.overwritten()
        undoing = marked(undone.of(Cause.PLAN), *self._stakes(undone, assess))
        changes = tuple(_gist(changes))
        first, number = changes[0], len(changes)
        keep = self._way_to_keep(first)
        if number > 1:
            keep = "keep it: write into the plan what the exchange says"
        warning = f" ({WIDENS})" if any(change.widens_risk for change in undoing) else ""
        reason = _what_moved(cause, changes, certain=found.certain(changes))
        blocked = self._blocked(
            "; ".join(filter(None, (reason, self._late(found)))),
            changes,
            keep,
            f"undo it: --overwrite-drift {self.planned.name}{warning}",
            why=Why.EXCHANGE,
        )
        return replace(blocked, live=self.live)

    def _way_to_keep(self, moved: FieldChange) -> str:
        """Where what the exchange says is to be written, or what the value is computed from."""
        # What rewrites plans is needed for what was moved alone.
        from smartplan.document.literals import Computed, Holder
        from smartplan.trade.field_holders import holder_of

        held = holder_of(self.planned, moved.path, moved.before)
        line = self.planned.locate(moved.path)
        if isinstance(held, Holder):
            line = Location(held.file, held.line)
        place = f"{line.file}:{line.line}"
        if moved.before is None or isinstance(moved.before, bool):
            return f"keep it: make {place} say what the exchange says"
        if isinstance(held, Computed) and held.expression and "{" not in held.expression:
            return f"keep it: make `{held.expression}` in {place} {value_text(moved.before)}"
        return f"keep it: put {value_text(moved.before)} into {place}"

    def _settled(self, note: str, found: TradeDiff, assess: Assess) -> Action:
        # A02: the service may store white space otherwise.
        echo = (self.journal or {}).get(NOTE_ECHO)
        if not same_note(note, stored_note(self.live.raw), echo):
            of = target_of(self.planned.name, self.live)
            renewed = FieldChange(MARKER, "out of date", "renewed: the plan and the exchange agree")
            changes = self._located(self._note_fields() or (renewed,))
            ids = ids_of(self.planned.trade, self.live, tuple(self._step_ids()))
            applied = {**found.applied, STEP_IDS: ids} if found.applied else None
            return SetNote(of, changes, note, applied)
        risk = live_risk(self.live, assess, self.planned)
        of = target_of(self.planned.name, self.live, acting=False)
        return Unchanged(of, self._late(found), risk)

    def _note_fields(self) -> tuple[FieldChange, ...]:
        planned, marker = self.planned, self.marker
        echo = (self.journal or {}).get(NOTE_ECHO) or {}
        texts = {key: split_note(note)[0] for key, note in echo.items()}
        shown, wanted = self.live.trade.note, planned.trade.note
        pairs: tuple[tuple[Path, str, str], ...] = (
            (("note",), wanted if same_note(wanted, shown, texts) else shown, wanted),
            (("name",), marker.name, planned.name),
            (
                ("lifecycle", "on_remove"),
                marker.on_remove.value,
                planned.lifecycle.on_remove.value,
            ),
        )
        return tuple(FieldChange(path, old, new) for path, old, new in pairs if old != new)


def _what_moved(cause: Cause, changes: Sequence[FieldChange], *, certain: bool) -> str:
    first, number = changes[0], len(changes)
    moved = f" ({value_text(first.after)} → {value_text(first.before)})" if number == 1 else ""
    subject = f"{number} fields" if number > 1 else format_path(first.path)
    if not certain:
        verb = "differ" if number > 1 else "differs"
        doubt = "with no record of what was applied last, nobody can tell who changed it"
        return f"{subject} {verb} from the exchange{moved}; {doubt}"
    what = "was moved" if number == 1 else "were changed"
    if cause is Cause.CONFLICT:
        what = what.replace("moved", "changed") + " in the plan and"
    return f"{subject} {what} on the exchange{moved}"


def _gist(changes: Sequence[FieldChange]) -> Iterator[FieldChange]:
    """What the exchange has switched off is one line, whatever the plan says inside."""
    off = {c.path[:-1] for c in changes if c.path[-1] == "enabled" and c.before is False}
    for change in changes:
        inside = {change.path[:end] for end in range(1, len(change.path))} & off
        if not inside or (change.path[-1] == "enabled" and change.path[:-1] in off):
            yield change


def _not_taken(live: LiveTrade, wanted: tuple[FieldChange, ...]) -> str:
    """Why the service would not take these changes now; empty when it would."""
    if live.status in SETTLING:
        return ""
    if live.status not in PATCHABLE:
        return f"a trade in status {live.status} takes no changes now"
    editable = live.editable
    gates: tuple[tuple[Path, bool, str], ...] = (
        ((), editable.trade, "data.editable"),
        (("position",), editable.entry, "position.price.editable"),
        (("stop_loss",), editable.stop_loss, "stop_loss.editable"),
        (("leverage", "type"), editable.leverage, "leverage.type_editable"),
    )
    for prefix, allowed, flag in gates:
        held = tuple(change for change in wanted if change.path[: len(prefix)] == prefix)
        if held and not allowed:
            return f"the exchange takes no change of {_listed(held)} now ({flag} is false)"
    return ""


def _listed(changes: tuple[FieldChange, ...]) -> str:
    return ", ".join(format_path(change.path) for change in changes)


def applied_by(known: KnownTrade | None) -> AppliedFields | None:
    """The journal's canonical fields; what another version wrote is not understood."""
    if known is None or known.applied is None:
        return None
    groups = known.applied.items()
    if not all(isinstance(fields, Mapping) for _, fields in groups):
        return None
    return {
        group: {str(path): str(value) for path, value in fields.items()}
        for group, fields in groups
        if isinstance(fields, Mapping)
    }
