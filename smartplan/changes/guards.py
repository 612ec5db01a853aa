"""May it be done? The one place that answers, before the lock and after it, and to every caller."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, assert_never

from msgspec import Struct

from smartplan.api.entities import Account
from smartplan.changes.changeset import BrokenRail, Changeset, Mutation, Update
from smartplan.changes.identity import acts, as_json, changes_id
from smartplan.changes.permission import Override, Permission
from smartplan.changes.reconcile.inputs import Choices, MarketView
from smartplan.diagnostics import Finding, Severity, command
from smartplan.errors import SafetyRefusal, UsageError
from smartplan.settings import Settings
from smartplan.state.store import LockScope, Store, StoreUnusable
from smartplan.times import utc_text
from smartplan.trade.model import PATCHABLE, SETTLING, LiveTrade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.policy import Strictness

if TYPE_CHECKING:
    from smartplan.changes.saved import SavedChangeset


class Refusal(Struct, frozen=True, kw_only=True):
    """Why something may not be done: a sentence, and the way out.

    ``rule`` is a guard rail of ``[policy]`` (``widen_risk`` for what ``--allow-widen`` covers), or
    ``changed``, ``saved``, ``expected`` where it is not what was agreed to, ``exchange`` where the
    exchange would not take it. ``name`` is the trade,
    None for all of them. ``option`` is what sets it aside, empty where nothing does.
    """

    rule: str
    message: str
    name: str | None = None
    hint: str = ""
    option: str = ""


EXCHANGE = "exchange"
"""The rule of the refusals that repeat what the exchange would say."""

NOT_AGREED = frozenset({"changed", "saved", "expected"})
"""Rules of the refusals that say: this is not what somebody agreed to."""


def judge(
    changeset: Changeset, permission: Permission, beside: Iterable[Finding] = ()
) -> tuple[Refusal, ...]:
    """Every reason why this changeset may not be applied with this permission; none: it may.

    ``beside`` is what the exchange says of what is to be sent.
    """
    rails = changeset.broken_rails if changeset.mutations else ()
    return (
        *_agreed(changeset, permission),
        *judge_rails(rails, permission),
        *_widening_allowed(changeset, permission),
        *(
            Refusal(rule=EXCHANGE, name=one.trade, message=one.message, hint=one.hint or "")
            for one in beside
            if one.severity is Severity.ERROR
        ),
    )


def refuse(refusals: Sequence[Refusal]) -> None:
    """Raise ``SafetyRefusal`` with all of them, if there are any."""
    if refusals:
        reasons = tuple(
            f"{refusal.name}: {refusal.message}" if refusal.name else refusal.message
            for refusal in refusals
        )
        raise SafetyRefusal(
            f"nothing was done: {'; '.join(reasons)}",
            hint="; ".join(_ways_out(refusals)),
            reasons=reasons,
        )


def _ways_out(refusals: Sequence[Refusal]) -> Iterator[str]:
    yield from dict.fromkeys(filter(None, (refusal.hint for refusal in refusals)))
    overrides = {r.option for r in refusals if r.option.startswith("--override")}
    if overrides:
        yield f"change it, or set it aside: {' '.join(sorted(overrides))} --reason TEXT"
    others = dict.fromkeys(r.option for r in refusals if r.option and r.option not in overrides)
    if others:
        yield f"confirm on a terminal, or add {' '.join(others)}"


def _agreed(changeset: Changeset, permission: Permission) -> Iterator[Refusal]:
    """Whether what would be done is still what was shown, saved and reviewed.

    Risk figures and reasons may differ; requests and what they were decided on may not.
    """
    saved, confirmed = permission.saved, permission.confirmed
    if saved is not None and as_json(acts(changeset)) != saved.actions:
        yield Refusal(
            rule="saved",
            message="a trade of the changeset has changed since it was saved",
            hint="it was applied already, or something moved; "
            f"{command('diff', saved.environment)} shows what is left to do",
        )
    elif confirmed is not None and not _same_actions(confirmed.mutations, changeset.mutations):
        yield Refusal(
            rule="changed",
            message="the exchange has changed since the diff was shown",
            hint="look at the new diff and apply again",
        )
    if permission.expected is not None and changes_id(changeset) != permission.expected:
        yield Refusal(
            rule="expected",
            message=f"this would be {changes_id(changeset)}, not the reviewed"
            f" {permission.expected}",
            hint="review the new diff",
        )


def _same_actions(before: Sequence[Mutation], after: Sequence[Mutation]) -> bool:
    return len(before) == len(after) and all(map(_same, before, after))


def _same(before: Mutation, after: Mutation) -> bool:
    if type(before) is not type(after) or _sent(before) != _sent(after):
        return False
    if before.of.status in SETTLING and after.of.status in PATCHABLE:
        return before.of.trade_id == after.of.trade_id
    return before.of == after.of


def _sent(action: Mutation) -> tuple[object, object]:
    return (getattr(action, "body", None), getattr(action, "note", None))


def judge_rails(rails: Sequence[BrokenRail], permission: Permission) -> Iterator[Refusal]:
    """What the guard rails stop: the hard ones, then those that an override sets aside."""
    stopping = [rail for rail in rails if _stops(rail, permission)]
    for rail in sorted(stopping, key=lambda rail: rail.level != "hard"):
        hard = rail.level == "hard"
        yield Refusal(
            rule=rail.rule,
            name=rail.name,
            message=rail.message,
            hint=f"{rail.rule} is a hard guard rail of [policy] in smartplan.toml" if hard else "",
            option="" if hard else f"--override {_override_of(rail, rails)}",
        )


def _stops(rail: BrokenRail, permission: Permission) -> bool:
    match Strictness(rail.level):
        case Strictness.HARD:
            return True
        case Strictness.SOFT:
            return not permission.covers(rail)
        case Strictness.ASK:
            return permission.unseen and not permission.covers(rail)
        case Strictness.WARN:
            return False
        case level:
            assert_never(level)


def _override_of(rail: BrokenRail, rails: Sequence[BrokenRail]) -> Override:
    broken = {other.name for other in rails if other.rule == rail.rule}
    return Override(rail.rule, rail.name if len(broken) > 1 else None)


def set_aside(rails: Sequence[BrokenRail], permission: Permission) -> tuple[BrokenRail, ...]:
    """The guard rails that hold no more; overrides that nothing breaks are no use."""
    ask = {Strictness.SOFT, Strictness.ASK}
    return tuple(r for r in rails if Strictness(r.level) in ask and permission.covers(r))


def _widening_allowed(changeset: Changeset, permission: Permission) -> Iterator[Refusal]:
    """The risk of a live trade is not widened unless somebody has looked at it."""
    if not permission.unseen:
        return
    for name in widening(changeset):
        if name not in permission.widen:
            yield Refusal(
                rule="widen_risk",
                message=f"this widens the risk of {name}, and --yes alone does not cover that",
                option=f"--allow-widen {name}",
            )


def pruning_fits(choices: Choices, trades: Sequence[PlannedTrade]) -> None:
    """Refuse to prune for plans that hold no trade: then everything would be an orphan."""
    if choices.prune and not trades:
        raise SafetyRefusal(
            "the plans hold no trade: --prune would end every trade of the workspace",
            hint="leave out --prune, or set `lifecycle.state` in the plans",
        )


def since_covers(since: date | None, today: date, ours: Iterable[LiveTrade]) -> None:
    """Refuse a ``since`` that would hide one of our own trades once it has ended.

    What is in neither list does not exist for us, and would be opened again.
    """
    if since is None:
        return
    if since > today:
        raise UsageError(
            f"`since` in smartplan.toml is {since}, which is still to come: "
            "ended trades would be forgotten, and opened again",
            hint="set it to the day the workspace began",
        )
    for live in ours:
        opened = (live.created_at or "")[:10]
        if opened and opened < since.isoformat():
            raise UsageError(
                f"`since` in smartplan.toml is {since}, but #{live.id} of this workspace was "
                f"opened on {opened}: once ended it would be forgotten, and opened again",
                hint=f"set `since = {opened}` or earlier",
            )


def widening(changeset: Changeset) -> tuple[str, ...]:
    """The names of live trades whose risk an update would widen."""
    return tuple(
        action.of.name
        for action in changeset.mutations
        if isinstance(action, Update) and action.widens_risk
    )


def accounts_fit(environment: str, listed: Mapping[str, int], known: Mapping[int, Account]) -> None:
    """Refuse an environment whose accounts do not exist or hold the other kind of money.

    The account's type is the guard against mixing paper and real money: a ``Forced-Mode`` header
    was once ignored on POST.
    """
    for alias, number in sorted(listed.items()):
        account = known.get(number)
        if account is None:
            raise SafetyRefusal(
                f"the account {alias} ({number}) is none of this API key's accounts",
                hint=f"correct [environments.{environment}.accounts] in smartplan.toml",
            )
        if environment == "paper" and not account.is_paper:
            raise SafetyRefusal(f"the environment is paper, but {alias} ({number}) is real money")
        if environment == "real" and account.is_paper:
            raise SafetyRefusal(f"the environment is real, but {alias} ({number}) is paper trading")


def store_fits(settings: Settings, store: Store, view: MarketView) -> None:
    """Refuse a store that cannot be written, and for real money one that has just been lost."""
    if store.read_only is not None:
        raise StoreUnusable(f"nothing was sent: {store.read_only}")
    if settings.environment != "real" or settings.ephemeral:
        return
    scope = LockScope(settings.workspace, settings.environment)
    open_ones = (live for live in view.by_id.values() if not live.terminal)
    ours = sum(live.is_of(settings.workspace) for live in open_ones)
    if ours and not store.trades(scope) and not store.claims(scope):
        raise SafetyRefusal(
            f"the journal is empty, but {ours} open trades carry this workspace's marker: "
            "what was sent and never answered is not known here",
            hint="bring the journal back, or set `ephemeral = true` under [state] to go without",
        )


def saved_fits(saved: "SavedChangeset", settings: Settings, now: datetime) -> None:
    """Refuse a saved changeset of another place, or one that is too old."""
    here = (settings.workspace, settings.environment, dict(settings.accounts))
    if (saved.workspace, saved.environment, dict(saved.accounts)) != here:
        raise SafetyRefusal(
            f"the changeset is for {saved.workspace} ({saved.environment}), this is "
            f"{settings.workspace} ({settings.environment}), or its accounts have changed",
            hint="apply it where it was made, or make a new one",
        )
    if now >= saved.expires:
        raise SafetyRefusal(
            f"the changeset expired at {utc_text(saved.expires)}Z",
            hint=f"make a new one: {command('diff --out FILE', saved.environment)}"
            " (--expires up to 24h)",
        )
