"""The check of the service: it passes on the sandbox, finds what is broken, and leaves nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from smartplan.api.client import SmartTradeClient
from smartplan.api.conformance import ConformanceReport
from smartplan.api.transport import Transport
from smartplan.errors import AnswerLost, SmartplanError, Unreachable
from smartplan.report import CONFORMANCE
from smartplan.workflow.conformance.check import checked, lab_on
from smartplan.workflow.conformance.meter import REQUESTS
from tests.broken_services import BROKEN, LAYERS, NotesCut, broken_workspace
from tests.schemas import validator
from tests.workspace import Workspace

TESTED = {*BROKEN, *LAYERS}
SANDBOX_DIFFERS = frozenset({"A15", "A21", "A24"})
"""What a sandbox may itself do otherwise."""


def check(workspace: Workspace, alias: str = "main") -> ConformanceReport:
    with workspace.session() as session:
        return checked(lab_on(session, alias, "USDT_BTC", lambda: False))


def still_open(workspace: Workspace) -> list[int]:
    workspace.pause(60)
    return [row["id"] for row in workspace.exchange.list_trades({"status": "active"})]


@pytest.mark.parametrize("alias", ["main", "futures"])
def test_it_passes_on_the_sandbox_and_leaves_nothing(tmp_path: Path, alias: str) -> None:
    workspace = Workspace(tmp_path)
    report = check(workspace, alias)
    assert report.false <= SANDBOX_DIFFERS
    assert report.stopped == ""
    assert (report.opened, report.left_open, still_open(workspace)) == (2, (), [])
    assert report.requests == len(workspace.requests({"GET", *MUTATING})) <= REQUESTS
    untested = {row.assumption for row in report.rows if row.verdict == "could not be tested"}
    assert TESTED & untested == ({"A10"} if alias == "main" else set())


MUTATING = ("POST", "PATCH", "DELETE")


@pytest.mark.parametrize("number", sorted(TESTED))
def test_what_a_service_breaks_is_named(tmp_path: Path, number: str) -> None:
    workspace = broken_workspace(tmp_path, number)
    report = check(workspace, "futures" if number == "A10" else "main")
    others = {"A04": {"A20"}}.get(number, set())  # ending takes as long there as beginning
    assert report.false - SANDBOX_DIFFERS - {number} == others
    assert number in report.false
    told = CONFORMANCE.render(report, "text")
    assert f"{number} does not hold" in told
    assert report.left_open == ()
    assert still_open(workspace) == []
    assert report.requests <= REQUESTS


def test_a_service_that_cuts_notes_and_our_marker_with_them_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, exchange=NotesCut)
    report = check(workspace)
    assert report.false - SANDBOX_DIFFERS == {"A01"}
    assert (report.left_open, still_open(workspace)) == ((), [])


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


def test_the_json_fits_its_schema_and_says_not_whose_it_is(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.open({**SOMEBODYS, "note": "a private note"})
    text = CONFORMANCE.render(check(workspace), "json")
    document = json.loads(text)
    validator("conformance").validate(document)
    assert text.isascii()
    assert "a private note" not in text
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
        assert session.journal.known_false - SANDBOX_DIFFERS == {"A09"}
        assert session.journal.verdicts["A01"] == "holds"
        assert "A07" not in session.journal.verdicts
