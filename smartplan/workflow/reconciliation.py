"""The plans that fit, held against what the exchange has."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial

from msgspec import structs
from msgspec.structs import replace

from smartplan.api.entities import Account, Rates
from smartplan.changes import guards
from smartplan.changes.changeset import Blocked, Changeset, Orphan, Update, Why
from smartplan.changes.execute.claims import opens
from smartplan.changes.exposure import live_risk
from smartplan.changes.guard_rails import broken_rails
from smartplan.changes.guard_rails import open_risks as open_risks
from smartplan.changes.reconcile import snapshot
from smartplan.changes.reconcile.create import body_of
from smartplan.changes.reconcile.inputs import Choices, Desired, MarketView, Scope
from smartplan.changes.reconcile.reconcile import reconcile
from smartplan.settings import FeeModel, Settings
from smartplan.trade.bodies import Json
from smartplan.trade.contract import Contract, Contracts
from smartplan.trade.costs import Costs
from smartplan.trade.holding import cost_price, held_of
from smartplan.trade.liquidation import (
    Maintenance,
    MaintenanceRates,
    liquidation_shown,
    rate_shown,
)
from smartplan.trade.model import LiveTrade, Trade
from smartplan.trade.parse import PlannedTrade
from smartplan.trade.policy import Policy, read_policy
from smartplan.trade.risk import Risk, assess, reference_price
from smartplan.workflow.lint_plans import LintResult
from smartplan.workflow.session import Session


def compare(checked: LintResult, session: Session, choices: Choices | None = None) -> Changeset:
    """What apply would do. Raises ``SafetyRefusal`` for accounts of the wrong kind."""
    return reconciled(checked, session, choices or Choices(), look(checked, session))


def comparison(checked: LintResult, session: Session) -> Callable[[LintResult], Changeset]:
    """What apply would do of these plans in other versions, with the exchange looked at once."""
    view = look(checked, session)
    return lambda seen: reconciled(seen, session, Choices(), view)


def look(checked: LintResult, session: Session) -> MarketView:
    """What the exchange holds of these plans, read completely."""
    settings = session.settings
    guards.accounts_fit(settings.environment, settings.accounts, session.accounts)
    names = names_to_find(checked, session)
    ours = ownership(settings)
    doubt = any(map(opens, session.journal.open_claims()))
    known = session.journal.known_trades()
    ids = [trade.trade_id for trade in known if trade.ended is None]
    view = snapshot.read(session.client, ours, names, settings.since, ids=ids, doubt=doubt)
    guards.since_covers(settings.since, session.now().date(), filter(ours.owns, view.active))
    return view


def names_to_find(checked: LintResult, session: Session) -> set[str]:
    """The names whose end the journal does not know; an earlier round's end says nothing.

    Of a plan with a mistake the round is not known: each that the journal has must have ended.
    """
    known = session.journal.known_trades()
    ended = {(t.identity.name, t.identity.round) for t in known if t.ended is not None}
    going_on = {t.identity.name for t in known if t.ended is None}
    fit = {t.name for t in checked.trades if (t.name, t.lifecycle.round) not in ended}
    return fit | (checked.broken & going_on)


def ownership(settings: Settings) -> snapshot.Ownership:
    """What is ours in this environment."""
    return snapshot.Ownership(settings.workspace, frozenset(settings.accounts.values()))


def reconciled(
    checked: LintResult, session: Session, choices: Choices, view: MarketView
) -> Changeset:
    """What must be done about this view, and the guard rails that it would break."""
    settings = session.settings
    guards.pruning_fits(choices, checked.trades)
    trades = tuple(_as_taken(trade, session.accounts) for trade in checked.trades)
    desired = Desired(trades, len(checked.plans), checked.known)
    scope = Scope(
        workspace=settings.workspace,
        environment=settings.environment,
        accounts=settings.accounts,
        now=session.now(),
        assess=partial(risk_of, settings),
        since=settings.since,
        memory=session.memory(view),
        choices=choices,
        prices=session.prices(planned.trade for planned in trades),
    )
    found = reconcile(desired, view, scope)
    return replace(
        found, broken_rails=broken_rails(found, desired, scope.prices, policy_of(settings))
    )


def _as_taken(planned: PlannedTrade, accounts: Mapping[int, Account]) -> PlannedTrade:
    """A spot account drops leverage without a word: it would look like drift for ever."""
    trade = planned.trade
    account = accounts.get(trade.account_id)
    if trade.leverage is None or account is None or account.futures is not False:
        return planned
    return structs.replace(planned, trade=structs.replace(trade, leverage=None))


def policy_of(settings: Settings) -> Policy:
    """The guard rails of ``[policy]``. Raises ``UsageError``."""
    return read_policy(
        settings.policy, equity=settings.risk.equity, environment=settings.environment
    )


def risk_of(
    settings: Settings,
    trade: Trade,
    planned: PlannedTrade | None = None,
    paid: Decimal | None = None,
    rates: Rates | None = None,
    live: LiveTrade | None = None,
) -> Risk:
    """A trade's risk with the costs of its account; leverage pays its fee in quote.

    Where something was ``paid`` it is told of what is held; a market entry at the market, where
    that is known, else at what its plan expects.
    """
    reference = reference_price(trade)
    if reference is None and rates is not None:
        reference = rates.ticker.named(trade.side.opens_at)
    expect = planned.lifecycle.expect if planned is not None else None
    contract, costs = contract_of(settings, trade, rates, live), costs_of(settings, trade)
    held = held_of(trade, paid, live, contract)
    position = live if held is not None else None
    as_it_stands = position is not None and position.trade.leverage == trade.leverage
    return assess(
        trade,
        costs=costs,
        reference=reference or reference_price(trade, expect),
        held=held,
        contract=contract,
        maintenance=maintenance_of(settings, trade, rates, position),
        liquidated_at=liquidation_shown(position) if position and as_it_stands else None,
    )


def risk_of_live(settings: Settings, live: LiveTrade) -> Risk:
    """The risk of a live trade as it stands, with nothing asked of the market."""
    return live_risk(live, partial(risk_of, settings))


def costs_of(settings: Settings, trade: Trade) -> Costs:
    """What ``[risk]`` says that trading on the trade's account costs."""
    return Costs.of_account(settings, trade.account_id, fee_model_of(settings, trade))


def maintenance_of(
    settings: Settings, trade: Trade, rates: Rates | None = None, live: LiveTrade | None = None
) -> Maintenance:
    """The maintenance rate: as the file, the position or the market says, else assumed."""
    shown = None
    if live is not None:
        contract = contract_of(settings, trade, rates, live)
        costs, entry = costs_of(settings, trade), cost_price(live, contract)
        shown = rate_shown(live, entry=entry, fee=costs.taker, contract=contract)
    return MaintenanceRates.of_settings(settings).of(
        trade,
        shown=shown,
        listed=rates.maintenance if rates is not None else None,
        most=rates.most_leverage if rates is not None else None,
    )


def contracts_of(settings: Settings) -> Contracts:
    """What the file says of contracts."""
    return Contracts.of_settings(settings)


def contract_of(
    settings: Settings, trade: Trade, rates: Rates | None = None, live: LiveTrade | None = None
) -> Contract:
    """What a unit of a trade stands for, as far as its entity, its market or the file says."""
    return contracts_of(settings).of(
        trade,
        live=live,
        listed=rates.contract_size if rates is not None else None,
        market=rates.market if rates is not None else None,
    )


def risk_as_planned(settings: Settings, planned: PlannedTrade) -> Risk:
    """The risk of a plan by itself, as long as no market is known."""
    return risk_of(settings, planned.trade, planned)


def fee_model_of(settings: Settings, trade: Trade) -> FeeModel:
    """How fees are taken on the trade's account: as set, else by whether it has leverage."""
    model = settings.risk.fee_model.get(settings.alias_of(trade.account_id) or "")
    return model or ("quote" if trade.leverage else "base")


def create_bodies(checked: LintResult, settings: Settings) -> Iterator[Mapping[str, Json]]:
    """What would be sent to open each trade."""
    return (body_of(planned, settings.workspace) for planned in checked.trades)


def updated_risks(changeset: Changeset) -> dict[str, tuple[Risk, Risk]]:
    """The risk of each trade that is updated, before and after."""
    updates = (action for action in changeset.actions if isinstance(action, Update))
    return {action.of.name: (action.risk_before, action.risk_after) for action in updates}


def moved(changeset: Changeset) -> tuple[Blocked | Orphan, ...]:
    """What moved on the exchange since the last apply."""
    return tuple(
        action
        for action in changeset.actions
        if isinstance(action, Orphan)
        or (isinstance(action, Blocked) and action.why is not Why.PLAN)
    )
