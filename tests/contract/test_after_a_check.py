"""An apply on a service that was found to break an assumption: it adapts, or refuses in words."""

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from smartplan.changes.execute.outcomes import Result
from smartplan.changes.reconcile.inputs import Choices
from smartplan.errors import SafetyRefusal
from smartplan.sandbox.exchange import Exchange
from smartplan.state.journal import Journal
from smartplan.state.store import LockScope
from smartplan.workflow import by_hand
from smartplan.workflow.conformance.check import checked, lab_on
from tests.broken_services import BROKEN, LAYERS, broken_workspace
from tests.plans import PLAN, TWO_TARGETS
from tests.workspace import EXCHANGE, Workspace

MARKET = TWO_TARGETS.replace("order_type: limit, units", "order_type: market, units").replace(
    ", price: {value: 60000}}", "}"
)
GEARED = TWO_TARGETS.replace("account: main", "account: futures").replace(
    "    pair:", "    leverage: {enabled: true, type: isolated, value: 5}\n    pair:"
)
REFUSED = "not sent: a check of the service has found that"


def after_a_check(folder: Path, number: str, *, plan: str = "") -> Workspace:
    """The workspace once the check was made; ``plan`` was applied before."""
    workspace = broken_workspace(folder, number)
    if plan:
        workspace.plan("p", plan)
        assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]
        workspace.pause(60)
    with workspace.session() as session:
        alias = "futures" if number == "A10" else "main"
        report = checked(lab_on(session, alias, "USDT_BTC", lambda: False))
        assert number in report.false
    workspace.requests()
    return workspace


def messages(workspace: Workspace, choices: Choices | None = None) -> list[str]:
    return [outcome.message for outcome in workspace.apply(choices=choices).outcomes]


@pytest.mark.parametrize("number", ["A01", "A05", "A06", "A07", "A17", "A19", "A22", "A23", "A26"])
def test_nothing_is_opened_that_might_not_be_found_again_or_not_be_what_it_says(
    tmp_path: Path, number: str
) -> None:
    workspace = after_a_check(tmp_path, number)
    workspace.plan("p", PLAN)
    (told,) = messages(workspace)
    assert told.startswith(f"{REFUSED} {number} does not hold: ")
    assert workspace.requests() == []


def test_notes_that_are_stored_with_other_spaces_are_not_written_again(tmp_path: Path) -> None:
    noted = TWO_TARGETS.replace("    account: main\n", "    account: main\n    note: a  b\n")
    workspace = after_a_check(tmp_path, "A02", plan=noted)
    assert workspace.apply().outcomes == ()
    workspace.plan("p", noted.replace("55000", "54000"))
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]
    assert workspace.apply().outcomes == ()


def test_lists_that_lag_are_waited_for(tmp_path: Path) -> None:
    workspace = after_a_check(tmp_path, "A03")
    with workspace.session() as session:
        assert session.lag == 60
    workspace.plan("p", PLAN)
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]


def test_the_other_signature_is_sent_from_the_start(tmp_path: Path) -> None:
    workspace = after_a_check(tmp_path, "A08")
    with workspace.session() as session:
        forms = session.client.transport.forms
        assert forms is not None
        forms.use(0)
        session.adapt()
        assert forms.current == 1
    workspace.plan("p", PLAN)
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]
    assert workspace.requests() == [("POST", "/v2/smart_trades")]


@pytest.mark.parametrize(("number", "plan"), [("A09", TWO_TARGETS), ("A10", GEARED)])
def test_whole_groups_are_sent_where_the_service_drops_the_others(
    tmp_path: Path, number: str, plan: str
) -> None:
    workspace = after_a_check(tmp_path, number, plan=plan)
    workspace.plan("p", plan.replace("55000", "54000"))
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]
    live = workspace.later(31000001)
    assert live["stop_loss"]["conditional"]["price"]["value"] == "54000.0"
    prices = [step["price"]["value"] for step in live["take_profit"]["steps"]]
    assert prices == ["66000.0", "72000.0"]
    assert live["leverage"].get("value") == (None if number == "A09" else "5.0")
    assert workspace.apply().outcomes == ()


def test_moving_a_stop_by_hand_sends_whole_groups_too(tmp_path: Path) -> None:
    workspace = after_a_check(tmp_path, "A09", plan=TWO_TARGETS)
    with workspace.session() as session:
        proposal = by_hand.move_stop(session, "btc-swing", Decimal(54000))
        by_hand.send_request(proposal, session, "trade move-stop")
    assert len(workspace.later(31000001)["take_profit"]["steps"]) == 2


@pytest.mark.parametrize("number", ["A11", "A27"])
def test_an_edit_that_would_do_harm_is_refused(tmp_path: Path, number: str) -> None:
    workspace = after_a_check(tmp_path, number, plan=MARKET)
    workspace.plan("p", MARKET.replace("55000", "54000"))
    (told,) = messages(workspace)
    assert told.startswith(f"{REFUSED} {number} does not hold: ")
    assert workspace.requests() == []


@pytest.mark.parametrize("number", ["A12", "A18"])
def test_targets_are_not_moved_once_one_of_them_is_over(tmp_path: Path, number: str) -> None:
    workspace = after_a_check(tmp_path, number, plan=MARKET)
    workspace.tick("USDT_BTC", "66500", "61000")
    workspace.pause(5)
    workspace.plan("p", MARKET.replace("72000", "73000"))
    (told,) = messages(workspace)
    assert told.startswith(f"{REFUSED} {number} does not hold: ")
    assert workspace.requests() == []


def test_a_round_is_not_given_up_where_it_might_still_fill(tmp_path: Path) -> None:
    workspace = after_a_check(tmp_path, "A13", plan=TWO_TARGETS)
    again = TWO_TARGETS.replace(
        "    account: main\n", "    account: main\n    lifecycle: {round: 2}\n"
    )
    workspace.plan("p", again)
    (told,) = messages(workspace, Choices(replace=frozenset({"btc-swing"})))
    assert told.startswith(f"{REFUSED} A13 does not hold: ")
    assert workspace.requests() == []


def test_a_size_that_is_set_and_borne_out_by_a_check_opens_the_way_again(tmp_path: Path) -> None:
    workspace = after_a_check(tmp_path, "A26")
    workspace.configure("[risk.contracts]\nmain = {size = 0.001}")
    with workspace.session() as session:
        again = replace(session, run="another")
        report = checked(lab_on(again, "main", "USDT_BTC", lambda: False))
        assert report.false == frozenset()
    workspace.plan("p", PLAN.replace("0.01", "10"))
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]


def test_paper_that_is_none_says_nothing_of_real_money(tmp_path: Path) -> None:
    with Workspace(tmp_path).session() as session:
        paper, real = (
            Journal(session.store, LockScope("desk", name), "run", now=session.now)
            for name in ("paper", "real")
        )
        paper.tested({"A17": "does not hold", "A13": "does not hold"}, 40)
        assert paper.known_false == {"A13", "A17"}
        assert real.known_false == {"A13"}


def test_balances_that_tell_nothing_are_not_asked_for(tmp_path: Path) -> None:
    workspace = after_a_check(tmp_path, "A28")
    with workspace.session() as session:
        assert session.balances(1) is None
    workspace.plan("p", PLAN)
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]


TRAILING = "price: {value: 55000, type: bid}, trailing: {enabled: true}}"


def test_a_trailing_stop_without_percent_is_not_sent(tmp_path: Path) -> None:
    workspace = after_a_check(tmp_path, "A15")
    workspace.plan("p", PLAN.replace("price: {value: 55000, type: bid}}", TRAILING))
    (told,) = messages(workspace)
    assert told.startswith(f"{REFUSED} A15 does not hold: ")
    assert workspace.requests() == []


def test_a_stop_is_not_made_to_trail_without_percent(tmp_path: Path) -> None:
    workspace = after_a_check(tmp_path, "A15", plan=TWO_TARGETS)
    workspace.plan("p", TWO_TARGETS.replace("price: {value: 55000, type: bid}}", TRAILING))
    (told,) = messages(workspace)
    assert told.startswith(f"{REFUSED} A15 does not hold: ")
    assert workspace.requests() == []


def test_a_trailing_stop_with_percent_is_sent(tmp_path: Path) -> None:
    workspace = after_a_check(tmp_path, "A15")
    percent = TRAILING.replace("true}}", "true, percent: 2}}")
    workspace.plan("p", PLAN.replace("price: {value: 55000, type: bid}}", percent))
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]


def test_funds_are_not_added_to_a_trade_that_waits(tmp_path: Path) -> None:
    """No apply adds funds: it is done by hand."""
    workspace = after_a_check(tmp_path, "A21", plan=TWO_TARGETS)
    with workspace.session() as session:
        proposal = by_hand.add_funds(session, "btc-swing", Decimal("0.01"), Decimal(60000))
        with pytest.raises(SafetyRefusal, match="A21 does not hold"):
            by_hand.send_request(proposal, session, "trade add-funds")
    assert workspace.requests() == []
    workspace.plan("p", TWO_TARGETS.replace("55000", "54000"))
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]


@pytest.mark.parametrize("number", sorted({*BROKEN, *LAYERS}))
def test_without_a_check_an_apply_does_what_it_says_or_says_why_not(
    tmp_path: Path, number: str
) -> None:
    """Create, edit, apply again: never two trades of one plan, and never silence."""
    workspace = broken_workspace(tmp_path, number)
    plan = GEARED if number == "A10" else TWO_TARGETS
    wanted = (plan, plan.replace("55000", "54000"), plan.replace("55000", "53000"))
    for text in wanted:
        workspace.plan("p", text)
        for outcome in workspace.apply().outcomes:
            assert outcome.result is Result.DONE or outcome.message, outcome
        workspace.pause(60)
    rows = Exchange(workspace.state / EXCHANGE, clock=workspace.now).list_trades({})
    assert [row["id"] for row in rows] == [31000001]


@pytest.mark.parametrize("number", ["A04", "A20", "A24"])
def test_what_only_takes_longer_is_gone_on_with(tmp_path: Path, number: str) -> None:
    workspace = after_a_check(tmp_path, number)
    workspace.plan("p", PLAN)
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]
    workspace.pause(60)
    workspace.plan("p", PLAN.replace("55000", "54000"))
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]


def test_a_price_that_cannot_be_changed_is_the_services_to_refuse(tmp_path: Path) -> None:
    workspace = after_a_check(tmp_path, "A16", plan=TWO_TARGETS)
    workspace.plan("p", TWO_TARGETS.replace("60000", "59000"))
    (told,) = messages(workspace)
    assert "refused (400" in told


def test_a_note_that_is_stored_otherwise_is_not_sent_again_and_again(tmp_path: Path) -> None:
    """Without any check: what the service echoed is what it is compared with from then on."""
    noted = TWO_TARGETS.replace("    account: main\n", "    account: main\n    note: a & b\n")
    workspace = broken_workspace(tmp_path, "A01")
    workspace.plan("p", noted)
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]
    assert workspace.exchange.get(31000001)["note"].startswith(
        "a &amp; b [smartplan1:desk/btc-swing#1"
    )
    assert workspace.diff().mutations == ()
    workspace.plan("p", noted.replace("a & b", "a & c"))
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]
    assert workspace.diff().mutations == ()
    workspace.plan("p", noted.replace("a & b", "a & c").replace("55000", "54000"))
    (update,) = workspace.diff().mutations
    assert ("note",) not in {change.path for change in update.changes}
    assert [o.result for o in workspace.apply().outcomes] == [Result.DONE]
    assert workspace.diff().mutations == ()
