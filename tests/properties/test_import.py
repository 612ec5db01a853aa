"""Whatever stands on the exchange: its import lints clean, and its diff shows adoptions alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

import pytest

from smartplan.changes.changeset import Adopt, Changeset, Unchanged
from smartplan.changes.reconcile.inputs import Desired, MarketView, Scope
from smartplan.changes.reconcile.reconcile import reconcile
from smartplan.settings import Settings
from smartplan.trade.model import LiveTrade
from smartplan.trade.wire import live_trade
from smartplan.workflow.importing import Imported, plan_of
from smartplan.workflow.lint_plans import LintResult, PlanSet, check
from smartplan.workflow.reconciliation import risk_of
from smartplan.workflow.session import Session
from smartplan.workflow.sources import Inputs
from tests.properties.entities import Maker

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BASKETS, SIZE = 30, 40
"""1,200 trades: a plan of 40 is read by the engines at once, which is what takes the time."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A workspace without plans; nothing of this asks the exchange."""
    root = tmp_path_factory.mktemp("desk")
    return Session(Settings(root), None, None, "", now=lambda: NOW, pause=lambda _: None)


def read_back(plan: Imported, session: Session) -> LintResult:
    inputs = Inputs(stdin=plan.text.encode)
    return check(PlanSet(session.settings, inputs, session.settings.root, ("-",)), NOW)


def decide(checked: LintResult, lives: list[LiveTrade], session: Session) -> Changeset:
    scope = Scope(
        workspace="default",
        environment="sandbox",
        accounts=session.settings.accounts,
        now=NOW,
        assess=partial(risk_of, session.settings),
    )
    return reconcile(Desired(checked.trades, 1, checked.known), MarketView(lives), scope)


def on_one_line(note: str) -> str:
    return "".join(c if c.isprintable() else " " * c.isspace() for c in note).strip()


def noted(entity: Mapping[str, object], note: str) -> dict[str, object]:
    return {**entity, "note": note, "note_raw": note}


@pytest.mark.parametrize("seed", range(BASKETS))
def test_an_import_lints_clean_and_its_diff_shows_adoptions_and_then_nothing(
    seed: int, session: Session
) -> None:
    basket = Maker(seed).basket(SIZE)
    lives = [live_trade(entity) for entity in basket]
    plan = plan_of(lives, session, session.settings.root)
    assert plan.left_out == ()
    assert plan.remaining == ()

    checked = read_back(plan, session)
    assert [f for f in checked.findings if f.severity == "error" or f.code == "SP005"] == []
    assert [trade.lifecycle.adopt for trade in checked.trades] == [live.id for live in lives]
    notes = [trade.trade.note for trade in checked.trades]
    assert notes == [on_one_line(live.trade.note) for live in lives]

    first = decide(checked, lives, session)
    assert {type(action) for action in first.actions} == {Adopt}
    adopted = [
        live_trade(noted(entity, action.note))
        for entity, action in zip(basket, first.mutations, strict=True)
    ]
    second = decide(checked, adopted, session)
    assert {type(action) for action in second.actions} == {Unchanged}


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\u2066", "\u3164", "\x1b", "\n"])
def test_a_pair_that_does_not_read_as_it_is_has_no_plan(session: Session, character: str) -> None:
    odd, fine = Maker(1).basket(2)
    pair = f"USDT_B{character}TC"
    lives = [live_trade({**odd, "pair": pair}), live_trade(fine)]
    plan = plan_of(lives, session, session.settings.root)
    assert len(plan.names) == 1
    (left,) = plan.left_out
    assert left.trade_id == lives[0].id
    assert left.reason == f"its pair holds U+{ord(character):04X}, which does not show"
    assert character == "\n" or character not in plan.text
