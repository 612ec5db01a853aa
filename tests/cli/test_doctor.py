"""``smartplan doctor``: each line ok, or what to do."""

import pytest

from smartplan.sandbox.faults import Fault
from smartplan.sandbox.signatures import ACCOUNTS, READ, WRITE, ApiKey
from smartplan.state.journal import Journal
from smartplan.state.opening import open_store
from smartplan.state.store import LockScope
from tests.workspace import Workspace

REAL = """
workspace = "desk"
environment = "{environment}"

[environments.paper.accounts]
main = {paper}
[environments.real.accounts]
main = {real}
"""
KEY, SECRET = "canary-key-0123456789-abcdef", "canary-secret-0123456789"


def lines(out: str) -> dict[str, str]:
    """What each line says of its subject, by the subject."""
    found = (line[5:].split("  ", 1) for line in out.splitlines() if line[:3] in {"ok ", "BAD"})
    marks = [line[:3].strip() for line in out.splitlines() if line[:3] in {"ok ", "BAD"}]
    return {what.strip(): mark for (what, _), mark in zip(found, marks, strict=True)}


def test_a_fresh_workspace_is_well(workspace: Workspace) -> None:
    told = workspace.run("doctor")
    assert told.code == 0
    assert set(lines(told.out).values()) == {"ok"}
    for what in ("versions", "store", "API key", "read trades", "write trades", "read accounts"):
        assert what in lines(told.out)
    assert "sandbox main (1)" in told.out


def test_it_changes_nothing(workspace: Workspace) -> None:
    with workspace.served() as exchange:
        assert workspace.run("doctor").code == 0
        writes = [seen for seen in exchange.log if seen.method != "GET"]
    assert [(seen.path, seen.body) for seen in writes] == [
        ("/public/api/v2/smart_trades/0/set_note", '{"note":""}')
    ]


def real(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, environment: str, **accounts: int
) -> None:
    text = REAL.format(environment=environment, **({"paper": 1, "real": 3} | accounts))
    workspace.toml.write_text(text)
    monkeypatch.setenv("SMARTPLAN_API_KEY", KEY)
    monkeypatch.setenv("SMARTPLAN_API_SECRET", SECRET)


@pytest.mark.parametrize(
    ("permissions", "bad"),
    [
        ({READ, ACCOUNTS}, "write trades"),
        ({READ, WRITE}, "read accounts"),
        ({WRITE, ACCOUNTS}, "read trades"),
    ],
)
def test_a_missing_permission_is_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, permissions: set[str], bad: str
) -> None:
    real(workspace, monkeypatch, "paper")
    keys = (ApiKey(KEY, SECRET, permissions=frozenset(permissions)),)
    with workspace.served(keys=keys):
        told = workspace.run("doctor")
    assert told.code == 4
    assert lines(told.out)[bad] == "BAD"
    assert {what for what, mark in lines(told.out).items() if mark == "BAD"} - {bad} <= {
        "real main (3)"
    }
    assert "permission" in told.out


def test_an_account_of_the_wrong_kind_or_unknown_is_a_matter_of_the_toml(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every account of the sandbox is paper trading; 99 is none of them.
    real(workspace, monkeypatch, "real", paper=99, real=2)
    with workspace.served(keys=(ApiKey(KEY, SECRET),)):
        told = workspace.run("doctor")
    assert told.code == 2
    assert "main (99) is none of this API key's accounts" in told.out
    assert "the environment is real, but main (2) is paper trading" in told.out


def test_a_wrong_secret_is_said_without_showing_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real(workspace, monkeypatch, "real")
    with workspace.served(keys=(ApiKey(KEY, "another"),)):
        told = workspace.run("doctor")
    assert told.code == 4
    assert lines(told.out)["API key"] == "BAD"
    assert "The clock is not the cause" in told.out
    assert SECRET not in told.out + told.err
    assert KEY not in told.out + told.err


def test_missing_and_half_credentials_are_a_matter_of_usage(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real(workspace, monkeypatch, "real")
    monkeypatch.delenv("SMARTPLAN_API_SECRET")
    assert workspace.run("doctor").code == 2
    monkeypatch.delenv("SMARTPLAN_API_KEY")
    told = workspace.run("doctor")
    assert told.code == 2
    assert "export SMARTPLAN_API_KEY" in told.out


def test_a_service_that_refuses_ends_the_questions(workspace: Workspace) -> None:
    with workspace.served(Fault(status=418, times=None)):
        told = workspace.run("doctor")
    assert told.code == 4
    assert lines(told.out)["service"] == "BAD"
    assert "read trades" not in lines(told.out)


@pytest.mark.parametrize("status", [404, 405, 302, 502])
def test_whatever_answers_the_ping_is_reached(workspace: Workspace, status: int) -> None:
    """The call is in no documentation any more: a page that says so comes from the service, too."""
    with workspace.served(Fault(status=status, times=None, path="/ver1/ping", html=True)):
        told = workspace.run("doctor")
    assert told.code == 0, told.out
    assert lines(told.out)["service"] == "ok"
    assert lines(told.out)["read trades"] == "ok"


def test_a_broken_store_is_named(workspace: Workspace) -> None:
    (workspace.state / "sandbox.db").write_bytes(b"not a database" * 100)
    told = workspace.run("doctor")
    assert told.code == 5
    assert lines(told.out)["store"] == "BAD"


def test_what_is_untested_is_said_where_money_is_real(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real(workspace, monkeypatch, "real")
    with workspace.served(keys=(ApiKey(KEY, SECRET),)):
        told = workspace.run("doctor").out
        assert "untested on real: no check of the service was made" in told
        assert "doctor --conformance --env paper" in told
        with open_store("sqlite:///.smartplan/state.db", workspace.folder) as store:
            paper = Journal(store, LockScope("desk", "paper"), "run")
            paper.tested({"A01": "holds", "A09": "does not hold"}, 38)
            paper.tested({"A02": "holds"}, 12)
        told = workspace.run("doctor").out
    assert "checked on paper at" in told
    assert "untested on real: false is A09; not tested at all: A03, A04" in told


def test_the_check_is_not_made_with_real_money_nor_without_being_asked(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = workspace.run("doctor", "--conformance")
    assert (refused.code, workspace.requests()) == (5, [])
    assert "2 trades of 0.00047 BTC" in refused.err
    real(workspace, monkeypatch, "real")
    with workspace.served(keys=(ApiKey(KEY, SECRET),)):
        refused = workspace.run("doctor", "--conformance", "--yes")
        assert workspace.requests() == []
    assert refused.code == 2
    assert "never made with real money" in refused.err


def test_the_check_names_a_pair_that_there_is_not(workspace: Workspace) -> None:
    told = workspace.run("doctor", "--conformance", "--pair", "ETH", "--yes")
    assert told.code == 2
    assert "there is no pair ETH on " in told.err
    assert "--pair" in told.err


def test_the_check_says_that_nothing_is_open(workspace: Workspace) -> None:
    told = workspace.run("doctor", "--conformance", typed="yes\n")
    assert told.code in {0, 1}
    assert "It opened 2 trades; none of them is open." in told.out
    assert workspace.exchange.list_trades({"status": "active"}) == []
    history = workspace.run("history", "--format", "events").out
    assert "doctor --conformance" in history


def test_the_rate_budget_is_told_for_the_key(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real(workspace, monkeypatch, "paper")
    with workspace.served(keys=(ApiKey(KEY, SECRET),)):
        assert "90 of 90 requests left" in workspace.run("doctor").out
