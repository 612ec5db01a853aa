"""Whatever stands on the exchange: its import lints clean, and its diff shows adoptions alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from smartplan.changes.changeset import Adopt, Changeset, Unchanged
from smartplan.changes.inputs import Desired, Scope, View
from smartplan.changes.reconcile import reconcile
from smartplan.settings import Settings
from smartplan.trade.model import LiveTrade
from smartplan.trade.wire import live_trade
from smartplan.workflow.changing import risk_of
from smartplan.workflow.checking import Checked, Workspace, check
from smartplan.workflow.importing import Imported, plan_of
from smartplan.workflow.session import Session
from smartplan.workflow.sources import Inputs
from tests.properties.entities import baskets

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SIZE = 10


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A workspace without plans; nothing of this asks the exchange."""
    root = tmp_path_factory.mktemp("desk")
    return Session(Settings(root), None, None, "", now=lambda: NOW, pause=lambda _: None)


def read_back(plan: Imported, session: Session) -> Checked:
    inputs = Inputs(stdin=plan.text.encode)
    return check(Workspace(session.settings, inputs, session.settings.root, ("-",), {}), NOW)


def decide(checked: Checked, lives: list[LiveTrade], session: Session) -> Changeset:
    scope = Scope(
        workspace="default",
        environment="sandbox",
        accounts=session.settings.accounts,
        now=NOW,
        assess=partial(risk_of, session.settings, {}),
    )
    return reconcile(Desired(checked.trades, 1, checked.known), View(lives), scope)


def on_one_line(note: str) -> str:
    return "".join(c if c.isprintable() else " " * c.isspace() for c in note).strip()


def noted(entity: Mapping[str, object], note: str) -> dict[str, object]:
    return {**entity, "note": note, "note_raw": note}


WITHOUT_SHRINKING = (Phase.explicit, Phase.generate)
"""A basket is shown as it is: making one of ten trades smaller takes minutes."""


@settings(
    max_examples=110,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=WITHOUT_SHRINKING,
)
@given(basket=baskets(SIZE))
def test_the_diff_of_an_import_shows_adoptions_and_then_nothing(
    basket: tuple[dict, ...], session: Session
) -> None:
    lives = {entity["id"]: live_trade(entity) for entity in basket}
    plan = plan_of(lives.values(), session, session.settings.root)
    assert plan.left_out == ()
    assert plan.remaining == ()
    checked = read_back(plan, session)
    assert [trade.lifecycle.adopt for trade in checked.trades] == list(lives)

    first = decide(checked, list(lives.values()), session)
    assert {type(action) for action in first.actions} == {Adopt}
    adopted = [
        live_trade(noted(entity, action.note))
        for entity, action in zip(basket, first.mutations, strict=True)
    ]
    second = decide(checked, adopted, session)
    assert {type(action) for action in second.actions} == {Unchanged}


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=WITHOUT_SHRINKING,
)
@given(basket=baskets(3))
def test_an_import_keeps_the_note_and_lints_without_an_error(
    basket: tuple[dict, ...], session: Session
) -> None:
    lives = [live_trade(entity) for entity in basket]
    plan = plan_of(lives, session, session.settings.root)
    checked = read_back(plan, session)
    wrong = [f for f in checked.findings if f.severity == "error" or f.code == "SP005"]
    assert wrong == []
    for live, trade in zip(lives, checked.trades, strict=True):
        assert trade.trade.note == on_one_line(live.trade.note)
        assert trade.trade.account_id == live.trade.account_id
