"""May this changeset be applied? The one place that answers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches

from smartplan.api.entities import Account
from smartplan.changes.changeset import Changeset, Mutation, Railed, Update
from smartplan.changes.inputs import Choices, View
from smartplan.changes.rails import RULES
from smartplan.changes.saved import Saved, acts, changes_id
from smartplan.diagnostics import command
from smartplan.errors import SafetyRefusal, UsageError
from smartplan.settings import Settings
from smartplan.state.store import Scope, Store, StoreUnusable
from smartplan.trade.model import PATCHABLE, SETTLING, LiveTrade
from smartplan.trade.parse import PlannedTrade


def unchanged_since(confirmed: Changeset, now: Changeset) -> None:
    """Refuse when what would be done is no longer what was confirmed.

    Risk figures and reasons may differ; requests and what they were decided on may not.
    """
    before, after = confirmed.mutations, now.mutations
    if len(before) != len(after) or not all(map(_same, before, after)):
        raise SafetyRefusal(
            "the exchange has changed since the diff was shown: nothing was done",
            hint="look at the new diff and apply again",
        )


def _same(before: Mutation, after: Mutation) -> bool:
    if type(before) is not type(after) or _sent(before) != _sent(after):
        return False
    if before.of.status in SETTLING and after.of.status in PATCHABLE:
        return before.of.trade_id == after.of.trade_id
    return before.of == after.of


def _sent(action: Mutation) -> tuple[object, object]:
    return (getattr(action, "body", None), getattr(action, "note", None))


def rails_hold(changeset: Changeset, overrides: frozenset[str]) -> None:
    """Refuse what ``[policy]`` stops; soft guard rails give way to ``--override RULE``."""
    hard = [rail for rail in changeset.railed if rail.level == "hard"]
    soft = [r for r in changeset.railed if r.level == "soft" and r.rule not in overrides]
    for rail in (*hard, *soft):
        of = f"{rail.name}: " if rail.name else ""
        rules = " ".join(f"--override {rule}" for rule in sorted({r.rule for r in soft}))
        raise SafetyRefusal(
            f"nothing was done: {of}{rail.message}",
            hint=f"{rail.rule} is a hard guard rail of [policy] in smartplan.toml"
            if rail.level == "hard"
            else f"change the plan, or set it aside: {rules} --reason TEXT",
        )


def set_aside(changeset: Changeset, overrides: frozenset[str]) -> tuple[Railed, ...]:
    """The soft guard rails that hold no more; ``overrides`` that nothing breaks are no use."""
    return tuple(r for r in changeset.railed if r.level == "soft" and r.rule in overrides)


def overrides_known(overrides: frozenset[str]) -> None:
    """Raises ``UsageError`` for what is no guard rail: a slip of the pen sets nothing aside."""
    for name in sorted(overrides - RULES):
        near = get_close_matches(name, RULES, 1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(RULES))}"
        raise UsageError(f"--override {name}: there is no such guard rail", hint=hint)


def expected(changeset: Changeset, reviewed: str | None) -> None:
    """Refuse an action set that is not the reviewed one (``--expect-changes ID``)."""
    if reviewed is not None and changes_id(changeset) != reviewed:
        raise SafetyRefusal(
            f"this would be {changes_id(changeset)}, not the reviewed {reviewed}",
            hint="review the new diff",
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
        if isinstance(action, Update) and any(change.widens_risk for change in action.changes)
    )


def widening_allowed(changeset: Changeset, allowed: frozenset[str]) -> None:
    """Refuse to widen the risk of a live trade that nobody has looked at."""
    names = [name for name in widening(changeset) if name not in allowed]
    if names:
        flags = " ".join(f"--allow-widen {name}" for name in names)
        raise SafetyRefusal(
            f"this widens the risk of {', '.join(names)}, and --yes alone does not cover that",
            hint=f"confirm on a terminal, or add {flags}",
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


def store_fits(settings: Settings, store: Store, view: View) -> None:
    """Refuse a store that cannot be written, and for real money one that has just been lost."""
    if store.read_only is not None:
        raise StoreUnusable(f"nothing was sent: {store.read_only}")
    if settings.environment != "real" or settings.ephemeral:
        return
    scope = Scope(settings.workspace, settings.environment)
    ours = sum(
        live.marker is not None and live.marker.workspace == settings.workspace
        for live in view.active
    )
    if ours and not store.trades(scope) and not store.claims(scope):
        raise SafetyRefusal(
            f"the journal is empty, but {ours} open trades carry this workspace's marker: "
            "what was sent and never answered is not known here",
            hint="bring the journal back, or set `ephemeral = true` under [state] to go without",
        )


def saved_fits(saved: Saved, settings: Settings, now: datetime) -> None:
    """Refuse a saved changeset of another place, or one that is too old."""
    here = (settings.workspace, settings.environment, dict(settings.accounts))
    if (saved.workspace, saved.environment, dict(saved.accounts)) != here:
        raise SafetyRefusal(
            f"the changeset is for {saved.workspace} ({saved.environment}), this is "
            f"{settings.workspace} ({settings.environment}), or its accounts have changed",
            hint="apply it where it was made, or make a new one",
        )
    if now < saved.created:
        raise SafetyRefusal(
            f"the changeset was saved at {saved.created:%Y-%m-%d %H:%M:%SZ}: that is still to come",
            hint="one of the two clocks is wrong: set it, and make a new one",
        )
    if now >= saved.expires:
        raise SafetyRefusal(
            f"the changeset expired at {saved.expires:%Y-%m-%d %H:%M:%SZ}",
            hint=f"make a new one: {command('diff --out FILE', saved.environment)}"
            " (--expires up to 24h)",
        )


def still_saved(saved: Saved, current: Changeset) -> None:
    """Refuse when what would be done is no longer what was saved."""
    now = json.loads(json.dumps(acts(current)))
    if now != saved.actions:
        raise SafetyRefusal(
            "a trade of the changeset has changed since it was saved: nothing was done",
            hint="it was applied already, or something moved; "
            f"{command('diff', saved.environment)} shows what is left to do",
        )
