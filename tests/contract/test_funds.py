"""What an account lists, held against what is to be opened: asked once, where it is of use."""

from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from smartplan.errors import Rejected
from smartplan.sandbox.exchange import Exchange
from smartplan.workflow.online_findings import beside_exchange, lint_online
from smartplan.workflow.reconciliation import compare
from tests.plans import PLAN, TWO_TRADES
from tests.workspace import BALANCES, Workspace


@pytest.fixture
def poor(tmp_path: Path) -> Workspace:
    """1000 USDT on ``main``; the plans need 600 and 1180."""
    free = {1: {"USDT": Decimal(1000)}}
    workspace = Workspace(tmp_path, exchange=partial(Exchange, balances=free))
    workspace.plan("two", TWO_TRADES)
    return workspace


def asked(workspace: Workspace) -> int:
    seen = [received.path for received in workspace.exchange.log]
    workspace.exchange.log.clear()
    return sum(path.endswith(BALANCES) for path in seen)


def warned(workspace: Workspace) -> list[tuple[str | None, str]]:
    """What a diff, which looks twice, says of funds."""
    checked = workspace.check()
    with workspace.session() as session:
        for _ in range(2):
            found = beside_exchange(checked, compare(checked, session), session).found
    return [(one.trade, one.message) for one in found.findings if one.code == "SP804"]


def test_a_diff_warns_and_asks_once(poor: Workspace) -> None:
    assert warned(poor) == [
        ("two", "it takes 1180 USDT, 1780 with those before it; the account lists 1000")
    ]
    assert asked(poor) == 1


def test_a_diff_without_a_create_asks_for_nothing(poor: Workspace) -> None:
    poor.apply()
    asked(poor)
    poor.plan("two", TWO_TRADES.replace("55000", "54000"))
    assert warned(poor) == []
    assert asked(poor) == 0


def test_lint_does_not_know_what_is_to_be_opened(poor: Workspace) -> None:
    with poor.session() as session:
        assert "SP804" not in {one.code for one in lint_online(poor.check(), session).findings}
    assert asked(poor) == 0


def test_whoever_ignores_the_rule_saves_the_request(poor: Workspace) -> None:
    poor.configure('[lint]\nignore = ["SP804"]')
    assert (warned(poor), asked(poor)) == ([], 0)


def test_the_sandbox_has_plenty_unless_it_is_told(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.plan("p", PLAN)
    assert (warned(workspace), asked(workspace)) == ([], 1)
    assert workspace.client.balances(1)["BTC"] == 1_000_000_000


def test_a_service_that_does_not_say_is_no_trouble(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.plan("p", PLAN)
    workspace.client.balances = refused  # type: ignore[method-assign]
    assert warned(workspace) == []


def refused(account_id: int) -> dict[str, Decimal]:
    raise Rejected(f"balances of {account_id}", status=403, error="access_denied")
