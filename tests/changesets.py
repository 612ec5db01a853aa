"""What reconciling decides about plans and live trades, in the workspace of ``tests.trades``."""

from datetime import UTC, datetime
from decimal import Decimal

from msgspec.structs import replace

from smartplan.changes.reconcile.inputs import Choices, Desired, MarketView, Memory, Scope
from smartplan.changes.reconcile.reconcile import reconcile
from smartplan.diagnostics import format_path
from smartplan.state.store import Identity, KnownTrade, LockScope
from smartplan.trade.fields import applied_form
from smartplan.trade.risk import assess
from tests.trades import ACCOUNTS, SWING, WORKSPACE, plan

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCOPE = Scope(
    workspace=WORKSPACE,
    environment="sandbox",
    accounts=ACCOUNTS,
    now=NOW,
    assess=lambda trade, *_, rates=None: assess(trade, fee=Decimal("0.001")),
)
IDENTITY = Identity(LockScope(WORKSPACE, "sandbox"), "btc-swing", 1)
OVERWRITE = Choices(overwrite_drift=frozenset({"btc-swing"}))


def changes(*plans, active=(), ended=(), market=None, known=(), **scope):
    """The changeset; ``scope`` are further fields of the scope: memory, choices, since."""
    view = MarketView(active, (*active, *ended))
    scope["prices"] = lambda trade: (market or {}).get((trade.account_id, trade.pair))
    given = {key: value for key, value in scope.items() if value is not None}
    return reconcile(Desired(plans, len(plans), frozenset(known)), view, replace(SCOPE, **given))


def decide(*plans, **found):
    """The one action there is."""
    (action,) = changes(*plans, **found).actions
    return action


def decided(text, lived, **known):
    """The actions for one plan's text and one live trade."""
    return changes(plan(text), active=[lived], **known).actions


def remembered(text=SWING):
    """What an apply of the text wrote down, as its answer did not say the ids of the steps."""
    known = KnownTrade(identity=IDENTITY, trade_id=31000001, applied=applied_form(plan(text).trade))
    return Memory({("btc-swing", 1): known})


def fields(action):
    return [format_path(change.path) for change in action.changes]
