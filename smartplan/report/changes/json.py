"""A changeset and its outcomes for programs: schemas/changeset.schema.json is the promise."""

from collections.abc import Mapping

from smartplan.changes.changeset import (
    KINDS,
    Action,
    Adopt,
    Blocked,
    BrokenRail,
    Cancel,
    Changeset,
    Close,
    Create,
    Finished,
    Mutation,
    Opens,
    Orphan,
    Replace,
    SetNote,
    Unchanged,
    Update,
    payload,
    summary,
)
from smartplan.changes.diff.field_change import FieldChange
from smartplan.changes.execute.outcomes import Outcome
from smartplan.changes.guard_rails import open_risks
from smartplan.diagnostics import format_path
from smartplan.report.appearance import Look
from smartplan.report.changes import ChangesReport
from smartplan.report.envelope import enveloped
from smartplan.report.risk_json import heat_json, risk_json
from smartplan.report.trades.json import unreadable_json
from smartplan.trade.fields import value_text
from smartplan.trade.model import Scalar
from smartplan.trade.risk import Risk

_AT_REST: Mapping[type[Action], str] = {
    Unchanged: "unchanged",
    Finished: "finished",
    Blocked: "blocked",
    Orphan: "orphan",
}


def render(report: ChangesReport, _look: Look) -> str:
    """One JSON object."""
    changeset = report.changeset
    content = {
        "kind": report.kind,
        "workspace": changeset.workspace,
        "environment": changeset.environment,
        "service": report.setting.service,
        "accounts": dict(changeset.accounts),
        "commit": report.commit,
        "changes_id": report.changes_id,
        "expires": report.expires,
        "next_command": report.next_command,
        "summary": {**_summary(report.content), "line": report.line},
        "actions": [_action(action) for action in report.content.actions],
        "unreadable": unreadable_json(changeset.unreadable),
        "guard_rails": [_rail(rail) for rail in report.content.broken_rails],
        "overrides": [{**_rail(rail), "reason": report.reason} for rail in report.overridden],
        "heat": heat_json(open_risks(changeset), report.setting.equity),
        "outcomes": [_outcome(outcome) for outcome in report.outcomes],
        "left_to_do": None if report.after is None else _summary(report.after),
    }
    return enveloped("changeset", content)


def _summary(changeset: Changeset) -> dict[str, object]:
    count = changeset.count
    return {
        "line": summary(changeset),
        "trades": changeset.trades,
        "plans": changeset.plans,
        "create": count(Opens),
        "update": count(Update, SetNote),
        "adopt": count(Adopt),
        "cancel": count(Cancel, Replace),
        "close": count(Close),
        "unchanged": count(Unchanged),
        "finished": count(Finished),
        "blocked": count(Blocked),
        "orphans": count(Orphan),
        "foreign": changeset.foreign,
    }


def _action(action: Action) -> dict[str, object]:
    """What has no meaning for its kind is null or empty."""
    of = action.of
    return {
        "action": KINDS[type(action)] if isinstance(action, Mutation) else _AT_REST[type(action)],
        "name": of.name,
        "round": of.round,
        "pair": of.pair,
        "account_id": of.account_id,
        "trade_id": of.trade_id,
        "status": of.status,
        "reason": getattr(action, "reason", ""),
        "changes": [_change(change) for change in getattr(action, "changes", ())],
        "payload": payload(action) if isinstance(action, Mutation) else None,
        "risk": risk_json(_after(action)),
        "risk_before": risk_json(action.risk_before) if isinstance(action, Update) else None,
        "failed": isinstance(action, Finished) and action.failed,
        "why": action.why.value if isinstance(action, Blocked) else None,
        "ways_out": action.ways_out if isinstance(action, Blocked) else (),
        "entered": action.entered if isinstance(action, Orphan) else None,
    }


def _after(action: Action) -> Risk | None:
    match action:
        case Update():
            return action.risk_after
        case Create() | Replace() | Adopt() | Unchanged():
            return action.risk
        case _:
            return None


def _change(change: FieldChange) -> dict[str, object]:
    where = change.location
    return {
        "field": format_path(change.path),
        "path": change.path,
        "before": None if change.before_unknown else _scalar(change.before),
        "before_known": not change.before_unknown,
        "after": _scalar(change.after),
        "widens_risk": change.widens_risk,
        "file": None if where is None else where.file,
        "line": None if where is None else where.line,
    }


def _scalar(value: Scalar) -> object:
    """Numbers as text, as exact as they are."""
    if value is None or isinstance(value, bool):
        return value
    return value_text(value)


def _rail(rail: BrokenRail) -> dict[str, object]:
    return {"trade": rail.name, "rule": rail.rule, "level": rail.level, "message": rail.message}


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "action": KINDS[type(outcome.action)],
        "name": outcome.action.of.name,
        "round": outcome.action.of.round,
        "result": outcome.result.value,
        "trade_id": outcome.trade_id,
        "message": outcome.message,
        "attributes": dict(outcome.attributes),
    }
