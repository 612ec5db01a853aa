"""The way of a plan to the exchange, and the only place that knows its order.

``propose``: snapshot → reconcile → judge. Whoever it is for looks at it and agrees. ``carry_out``:
lock → snapshot → reconcile → judge → execute → verify, with the same functions.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from smartplan.changes import guards
from smartplan.changes.changeset import BrokenRail, Changeset
from smartplan.changes.execute.claims import remember_ends, settle_claims
from smartplan.changes.execute.outcomes import Outcome, Result
from smartplan.changes.guards import Refusal
from smartplan.changes.permission import Permission
from smartplan.changes.reconcile.inputs import Choices, MarketView
from smartplan.errors import SafetyRefusal, SmartplanError
from smartplan.state.journal import Journal
from smartplan.state.store import Claim
from smartplan.workflow.lint_plans import LintResult
from smartplan.workflow.online_findings import beside_exchange
from smartplan.workflow.reconciliation import compare, look, reconciled
from smartplan.workflow.session import Session


class Proposed(Struct, frozen=True):
    """What would be done, with which permission, and all that speaks against it.

    ``online`` is what the exchange says of what is to be sent, with places in the plans; its errors
    are among the ``refusals``.
    """

    changeset: Changeset
    permission: Permission
    online: LintResult
    refusals: tuple[Refusal, ...]

    @property
    def overridden(self) -> tuple[BrokenRail, ...]:
        """The guard rails that the permission sets aside."""
        return guards.set_aside(self.changeset.broken_rails, self.permission)

    def refuse_unagreed(self) -> None:
        """Raise ``SafetyRefusal`` where this is not what somebody agreed to."""
        if any(refusal.rule in guards.NOT_AGREED for refusal in self.refusals):
            guards.refuse(self.refusals)

    def refuse(self) -> None:
        """Raise ``SafetyRefusal`` with all that speaks against it, if anything does."""
        guards.refuse(self.refusals)


class Applied(Struct, frozen=True):
    """What an apply did, and what the exchange shows afterwards.

    ``after`` is None when that could not be read; ``unread`` says why. ``overridden`` are the
    guard rails that were set aside.
    """

    outcomes: tuple[Outcome, ...]
    after: Changeset | None
    unread: SmartplanError | None = None
    overridden: tuple[BrokenRail, ...] = ()


def propose(checked: LintResult, session: Session, agreed: Permission | Choices) -> Proposed:
    """What apply would do, held against what may be done; by ``Choices`` alone nothing more is.

    Raises ``SafetyRefusal`` for accounts of the wrong kind.
    """
    permission = agreed if isinstance(agreed, Permission) else Permission(None, agreed)
    changeset = compare(checked, session, permission.choices)
    return _judged(checked, session, changeset, replace(permission, confirmed=changeset))


def _judged(
    checked: LintResult, session: Session, changeset: Changeset, permission: Permission
) -> Proposed:
    online = beside_exchange(checked, changeset, session)
    refusals = guards.judge(changeset, permission, online.findings)
    return Proposed(changeset, permission, online, refusals)


def carry_out(
    checked: LintResult,
    permission: Permission,
    session: Session,
    *,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Applied:
    """Under the lock: read again, refuse if it is not what was confirmed, act, and verify."""
    if checked.errors:
        raise SafetyRefusal("the plans have errors: nothing was sent", hint="smartplan lint")
    journal = session.journal
    with session.store.lock(session.scope, session.run):
        session.forget_old_prices()
        view = look(checked, session)
        guards.store_fits(session.settings, session.store, view)
        settle_claims(journal, view)
        unknown = journal.open_claims()
        current = reconciled(checked, session, permission.choices, view)
        guards.refuse(_judged(checked, session, current, permission).refusals)
        overridden = _journal_start(permission, current, journal)
        remember_ends(journal, current, view)
        outcomes: list[Outcome] = []
        for outcome in _acted(current, view, session, interrupted):
            on_outcome(outcome)
            outcomes.append(outcome)
        if not any(outcome.result in {Result.DONE, Result.UNKNOWN} for outcome in outcomes):
            return Applied(tuple(outcomes), current, overridden=overridden)
        from smartplan.changes.execute.verify import verify

        try:
            settled, after = verify(
                outcomes,
                partial(_read_back, checked, session, permission.choices, unknown),
                journal,
                current,
                pause=session.pause,
                window=session.settle_window,
                lag=session.lag,
                interrupted=interrupted,
            )
        except SmartplanError as error:
            # Whatever keeps us from looking, what was done has to be told.
            return Applied(tuple(outcomes), None, error, overridden)
        return Applied(settled, after, overridden=overridden)


def _read_back(
    checked: LintResult, session: Session, choices: Choices, unknown: Collection[Claim]
) -> Changeset:
    """What is left to do. What earlier runs sent may have arrived only now: then it is known."""
    view = look(checked, session)
    settle_claims(session.journal, view, unknown)
    return reconciled(checked, session, choices, view)


def _acted(
    changeset: Changeset, view: MarketView, session: Session, interrupted: Callable[[], bool]
) -> Iterator[Outcome]:
    from smartplan.changes.execute.actions import apply

    return apply(
        changeset.mutations,
        view.by_id,
        session.client,
        session.journal,
        pause=session.pause,
        interrupted=interrupted,
    )


def _journal_start(
    permission: Permission, changeset: Changeset, journal: Journal
) -> tuple[BrokenRail, ...]:
    """The run, what has ended, and the guard rails that are set aside, which are the answer."""
    saved = permission.saved.id if permission.saved is not None else None
    actions = {"actions": len(changeset.mutations)}
    journal.started(permission.command, actions, changeset=saved)
    overridden = guards.set_aside(changeset.broken_rails, permission)
    rounds = {action.of.name: action.of.round for action in changeset.mutations}
    for rail in overridden:
        of = journal.identity(rail.name, rounds[rail.name]) if rail.name is not None else None
        journal.overrode(rail.rule, permission.reason, rail.message, identity=of)
    return overridden


def tidy(checked: LintResult, session: Session, changeset: Changeset) -> None:
    """Record what the exchange shows of earlier runs, where there is nothing to do."""
    journal = session.journal
    if not journal.open_claims() or session.store.read_only is not None:
        return
    with session.store.lock(session.scope, session.run):
        view = look(checked, session)
        settle_claims(journal, view)
        remember_ends(journal, changeset, view)
