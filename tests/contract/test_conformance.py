"""The check of the service: it passes on the sandbox, finds what is broken, and leaves nothing."""

import json
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from smartplan.api.assumptions import ASSUMPTIONS
from smartplan.api.client import SmartTradeClient
from smartplan.api.conformance import ConformanceReport
from smartplan.api.transport import Transport
from smartplan.errors import AnswerLost, SmartplanError, Unreachable, UsageError
from smartplan.report import CONFORMANCE
from smartplan.sandbox.exchange import Exchange
from smartplan.sandbox.faults import Fault
from smartplan.workflow.conformance.check import checked, lab_on
from smartplan.workflow.conformance.meter import REQUESTS
from tests.broken_services import (
    BROKEN,
    LAYERS,
    LongNotesRefused,
    NotesCut,
    behind,
    broken_workspace,
    refuse_and_do,
)
from tests.schemas import validator
from tests.workspace import Workspace

TESTED = {*BROKEN, *LAYERS}


def check(workspace: Workspace, alias: str = "main", pair: str = "USDT_BTC") -> ConformanceReport:
    with workspace.session() as session:
        return checked(lab_on(session, alias, pair, lambda: False))


def still_open(workspace: Workspace) -> list[int]:
    workspace.pause(60)
    return [row["id"] for row in workspace.exchange.list_trades({"status": "active"})]


PAIRS = {"coinm": "BTC_BTCUSD_PERP"}
MORE = {"contracts": "contracts = 3", "coinm": "coinm = 4\n[risk.contracts]\ncoinm = {size = 100}"}


@pytest.mark.parametrize("alias", ["main", "futures", "contracts", "coinm"])
def test_it_passes_on_the_sandbox_and_leaves_nothing(tmp_path: Path, alias: str) -> None:
    workspace = Workspace(tmp_path)
    workspace.configure(MORE.get(alias, ""))
    report = check(workspace, alias, PAIRS.get(alias, "USDT_BTC"))
    assert report.false == frozenset()
    assert report.stopped == ""
    assert (report.opened, report.left_open, still_open(workspace)) == (2, (), [])
    balances = 1
    assert report.requests == len(workspace.requests({"GET", *MUTATING})) + balances
    assert report.requests + LATER_LOOKS <= REQUESTS
    untested = {row.assumption for row in report.rows if row.verdict == "could not be tested"}
    assert TESTED & untested == ({"A10"} if alias == "main" else set())


MUTATING = ("POST", "PATCH", "DELETE")
LATER_LOOKS = 2
"""The embedded exchange cancels at once: 10 and 60 s later are looked at elsewhere only."""


@pytest.mark.parametrize("number", sorted(TESTED))
def test_what_a_service_breaks_is_named(tmp_path: Path, number: str) -> None:
    workspace = broken_workspace(tmp_path, number)
    report = check(workspace, "futures" if number == "A10" else "main")
    others = {"A04": {"A20"}}.get(number, set())  # ending takes as long there as beginning
    assert report.false - {number} == others
    assert number in report.false
    told = CONFORMANCE.render(report, "text")
    assert f"{number} does not hold" in told
    assert report.left_open == ()
    assert still_open(workspace) == []
    assert report.requests <= REQUESTS


@pytest.mark.parametrize(
    "numbers",
    [
        ("A03", "A28"), ("A04", "A05"), ("A05", "A21"), ("A06", "A09"), ("A07", "A22"),
        ("A13", "A20"), ("A15", "A16"), ("A19", "A26"), ("A21", "A23"),
    ],
    ids="+".join,
)  # fmt: skip
def test_two_that_are_broken_at_once_are_both_named(
    tmp_path: Path, numbers: tuple[str, str]
) -> None:
    workspace = broken_workspace(tmp_path, *numbers)
    report = check(workspace)
    others = {"A20"} if "A04" in numbers else set()
    assert report.false == {*numbers} | others
    assert (report.left_open, still_open(workspace)) == ((), [])
    assert report.requests <= REQUESTS


def test_a_pair_in_coins_is_tried_with_as_little_as_one_in_dollars(tmp_path: Path) -> None:
    with Workspace(tmp_path).session() as session:
        lab = lab_on(session, "main", "BTC_ETH", lambda: False)
    assert lab.grid.units * lab.grid.entry < Decimal("0.0005")  # 0.0001 BTC is the least total


def test_contracts_of_unknown_size_are_not_tried(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.configure("coinm = 4")
    with pytest.raises(UsageError, match="contracts of unknown size"):
        check(workspace, "coinm", "BTC_BTCUSD_PERP")


def test_a_service_that_cuts_notes_and_our_marker_with_them_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, exchange=NotesCut)
    report = check(workspace)
    assert report.false == {"A01"}
    assert (report.left_open, still_open(workspace)) == ((), [])


def test_a_service_that_refuses_long_notes_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, exchange=LongNotesRefused)
    report = check(workspace)
    assert report.false == {"A22"}
    assert (report.opened, report.left_open, still_open(workspace)) == (2, (), [])


def test_a_service_that_does_what_it_refuses_to_a_signature_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    behind(workspace, lambda app: refuse_and_do(app, workspace.exchange))
    report = check(workspace)
    assert report.false == {"A07"}
    (row,) = [row for row in report.rows if row.assumption == "A07"]
    assert "were added" in row.seen
    assert (report.left_open, still_open(workspace)) == ((), [])


def test_a_service_that_allows_fewer_requests_is_not_blamed_for_what_others_may_send(
    tmp_path: Path,
) -> None:
    workspace = Workspace(tmp_path)
    fault = Fault(status=429, times=None, skip=24, retry_after=1)
    behind(workspace, lambda _: None, faults=[fault])
    report = check(workspace)
    (row,) = [row for row in report.rows if row.assumption == "A25"]
    assert (row.verdict, row.seen[:10]) == ("could not be tested", "429 after ")
    assert report.left_open == (31000002,)
    assert "STILL OPEN: #31000002" in CONFORMANCE.render(report, "text")


REVOKED = '{"error": "api_key_invalid_or_expired"}'


@pytest.mark.parametrize("fault", [Fault(status=429), Fault(status=401, body=REVOKED)], ids=str)
@pytest.mark.parametrize("after", range(3, 34, 3))
def test_a_service_that_answers_no_longer_is_not_said_to_break_anything(
    tmp_path: Path, after: int, fault: Fault
) -> None:
    """Too many requests, or a key that is revoked, says nothing of any assumption."""
    workspace = Workspace(tmp_path)
    behind(workspace, lambda _: None, faults=[replace(fault, times=None, skip=after)])
    report = check(workspace)
    assert report.false == frozenset()
    assert report.stopped


def test_orders_that_are_open_on_a_trade_that_is_over_are_named(tmp_path: Path) -> None:
    class Left(Exchange):
        def children(self, trade_id: int) -> Any:
            return [row | {"cancelable": True} for row in super().children(trade_id)]

    report = check(Workspace(tmp_path, exchange=Left))
    assert report.false == {"A19"}


def test_a_paper_account_that_is_none_gets_no_second_trade(tmp_path: Path) -> None:
    workspace = broken_workspace(tmp_path, "A17")
    report = check(workspace)
    assert report.opened == 1
    assert "not paper_trading" in report.stopped


def test_what_no_check_can_try_says_why(tmp_path: Path) -> None:
    report = check(Workspace(tmp_path))
    seen = {row.assumption: row.seen for row in report.rows if row.verdict == "could not be tested"}
    assert seen.keys() == {"A10", "A14", "A25", "A29", "A30"}
    assert all(why.startswith("not tried: ") for why in seen.values())
    assert "futures account" in seen["A10"]
    register = {number for number, entry in ASSUMPTIONS.items() if entry.untried}
    assert register == seen.keys() - {"A10"}


class Interrupting:
    """A transport whose request of some number is not made, or whose answer is lost."""

    def __init__(self, inner: Transport, at: int, kind: str) -> None:
        self.inner, self.at, self.kind, self.count = inner, at, kind, 0
        self.forms = inner.forms

    def request(self, method: str, path: str, **how: Any) -> object:
        self.count += 1
        if self.count == self.at and self.kind == "ctrl-c before":
            raise KeyboardInterrupt
        if self.count == self.at and self.kind == "unreachable":
            raise Unreachable(f"{method} {path}")
        answer = self.inner.request(method, path, **how)
        if self.count == self.at and self.kind == "ctrl-c after":
            raise KeyboardInterrupt
        if self.count == self.at and self.kind == "lost":
            raise AnswerLost(f"{method} {path}")
        return answer

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize("kind", ["ctrl-c before", "ctrl-c after", "unreachable", "lost"])
@pytest.mark.parametrize("at", range(1, REQUESTS + 1))
def test_nothing_is_left_whatever_happens_at_any_request(
    tmp_path: Path, at: int, kind: str
) -> None:
    workspace = Workspace(tmp_path)
    workspace.client = SmartTradeClient(Interrupting(workspace.client.transport, at, kind))
    try:
        report = check(workspace)
    except (KeyboardInterrupt, SmartplanError):
        assert at <= 2, "before anything was opened"
    else:
        assert report.left_open == ()
        assert "none of them is open" in CONFORMANCE.render(report, "text")
    assert still_open(workspace) == []


def test_a_signal_ends_it_before_the_next_request(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with workspace.session() as session:
        lab = lab_on(session, "main", "USDT_BTC", lambda: lab.creates == 1)
        report = checked(lab)
    assert (report.stopped, report.left_open) == ("interrupted", ())
    assert still_open(workspace) == []


def test_what_cannot_be_ended_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)

    class Stubborn(Interrupting):
        def request(self, method: str, path: str, **how: Any) -> object:
            if method == "DELETE":
                raise AnswerLost(path)
            return super().request(method, path, **how)

    workspace.client = SmartTradeClient(Stubborn(workspace.client.transport, 0, ""))
    report = check(workspace)
    assert report.left_open == (31000001,)
    assert "STILL OPEN: #31000001" in CONFORMANCE.render(report, "text")


def test_a_create_that_nobody_has_told_of_is_not_said_to_be_over(tmp_path: Path) -> None:
    """Its answer is lost, and from then on no list can be read."""
    workspace = Workspace(tmp_path)

    class Blind(Interrupting):
        def request(self, method: str, path: str, **how: Any) -> object:
            self.count += path == "/v2/smart_trades" and method == "POST"
            if self.count > 1:
                self.inner.request(method, path, **how)
                raise AnswerLost(path)
            return self.inner.request(method, path, **how)

    workspace.client = SmartTradeClient(Blind(workspace.client.transport, 0, ""))
    report = check(workspace)
    assert (report.left_open, report.unknown) == ((), 2)
    told = CONFORMANCE.render(report, "text")
    assert "UNKNOWN: 2 creates without an answer" in told
    assert "none of them is open" not in told


def test_a_create_that_lists_show_only_after_half_a_minute_is_found_and_ended(
    tmp_path: Path,
) -> None:
    """Two assumptions at once: its answer is lost, and the lists lag by 40 s."""
    workspace = broken_workspace(tmp_path, "A03")

    class Lost(Interrupting):
        def request(self, method: str, path: str, **how: Any) -> object:
            answer = self.inner.request(method, path, **how)
            self.count += path == "/v2/smart_trades" and method == "POST"
            if self.count == 2 and method == "POST":
                self.count += 1
                raise AnswerLost(path)
            return answer

    workspace.client = SmartTradeClient(Lost(workspace.client.transport, 0, ""))
    report = check(workspace)
    assert (report.left_open, report.unknown, still_open(workspace)) == ((), 0, [])


def test_the_json_fits_its_schema_and_says_not_whose_it_is(tmp_path: Path) -> None:
    free = {1: {"USDT": Decimal(271828)}}
    workspace = Workspace(tmp_path, exchange=partial(Exchange, balances=free))
    workspace.open({**SOMEBODYS, "note": "a private note"})
    text = CONFORMANCE.render(check(workspace), "json")
    document = json.loads(text)
    validator("conformance").validate(document)
    assert text.isascii()
    assert "a private note" not in text
    assert "271828" not in text, "what the account has"
    assert ":desk/conformance-" in text
    accounts = {row["answer"]["account"]["id"] for row in answers_of_trades(document)}
    assert accounts == {0}


SOMEBODYS: dict[str, Any] = {
    "account_id": 1,
    "pair": "USDT_BTC",
    "position": {
        "type": "buy",
        "order_type": "limit",
        "units": {"value": "0.01"},
        "price": {"value": "60000"},
    },
    "take_profit": {"enabled": False},
    "stop_loss": {"enabled": False},
}


def answers_of_trades(document: dict[str, Any]) -> list[dict[str, Any]]:
    rows = document["recording"]
    return [
        row for row in rows if isinstance(row.get("answer"), dict) and "account" in row["answer"]
    ]


def test_later_runs_read_what_was_found(tmp_path: Path) -> None:
    workspace = broken_workspace(tmp_path, "A09")
    check(workspace)
    with workspace.session() as session:
        assert session.journal.known_false == {"A09"}
        assert session.journal.verdicts["A01"] == "holds"
        assert "A14" not in session.journal.verdicts
