"""Nothing that proves who we are is ever written: not printed, stored, reported or explained."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Response, request

from smartplan.sandbox.app import create_app
from smartplan.sandbox.faults import Fault
from smartplan.sandbox.server import Server
from smartplan.sandbox.signatures import ApiKey
from smartplan.settings import load
from smartplan.state.journal import Journal
from smartplan.state.opening import open_store
from smartplan.state.store import LockScope
from tests.cli.canaries import KEY, PLAN, SECRET, TOML
from tests.hurry import hurry
from tests.process import smartplan
from tests.workspace import Workspace

STORE = "canary-store-0123456789"
NEEDED = 20
"""Different signatures a life must have made before it proves anything."""

PRICES = """\
ts,bid,ask,last
2026-11-22T00:00:00Z,60000,60001,60000
2026-11-22T01:00:00Z,66000,66001,66000
"""


@dataclass
class Witness:
    """What left a run: everything it wrote, and the signatures the server saw."""

    signatures: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    written: list[tuple[str, str]] = field(default_factory=list)

    @contextmanager
    def serving(
        self,
        workspace: Workspace,
        patch: pytest.MonkeyPatch,
        key: ApiKey,
        *faults: Fault,
        echo: bool = False,
    ) -> Iterator[None]:
        app = create_app(workspace.exchange, keys=(key,), faults=faults, sleep=lambda _: None)

        @app.after_request
        def note(response: Response) -> Response:
            signature = request.headers.get("Signature", "")
            self.methods.add(request.method)
            self.signatures |= {signature} - {""}
            self.keys |= {request.headers.get("Apikey", "")} - {""}
            if echo and response.status_code >= 400:
                told = f"{request.headers.get('Apikey')} did not make {signature}"
                body = {"error": "refused", "error_description": told, "error_attributes": [told]}
                response.data = json.dumps(body)
            return response

        with Server(app, port=0) as server:
            # A budget of its own: nobody here waits for requests of a minute ago.
            patch.setenv("XDG_STATE_HOME", str(workspace.folder / f"home-{server.url[-5:]}"))
            patch.setenv("SMARTPLAN_BASE_URL", f"{server.url}/public/api")
            yield
        patch.delenv("SMARTPLAN_BASE_URL")

    def run(self, workspace: Workspace, *words: object, typed: str | None = None) -> int:
        ran = workspace.run(*words, typed=typed)
        self.written.append((" ".join(map(str, words)), ran.out + ran.err))
        return ran.code

    def leaks(self, folder: Path, needles: Iterable[str]) -> list[str]:
        """Where one of the needles stands: in an output, or in any byte below ``folder``."""
        wanted = sorted({*needles, *self.signatures})
        found = [
            f"{what}: {needle}"
            for what, text in self.written
            for needle in wanted
            if needle in text
        ]
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = file.read_bytes() + _tables(file)
            found += [f"{file.name}: {needle}" for needle in wanted if needle.encode() in content]
        return found


def _tables(file: Path) -> bytes:
    """A long value of a database lies in pieces in its file."""
    if file.suffix != ".db":
        return b""
    connection = sqlite3.connect(file)
    try:
        return "\n".join(connection.iterdump()).encode()
    finally:
        connection.close()


@pytest.fixture
def witness(workspace: Workspace) -> Witness:
    file = workspace.toml
    since = next(line for line in file.read_text().splitlines() if line.startswith("since"))
    file.write_text(TOML.format(since=since.partition("= ")[2]))
    (workspace.folder / "btc.csv").write_text(PRICES)
    return Witness()


FORMATS = ("text", "json", "markdown")


def open_through(witness: Witness, workspace: Workspace) -> None:
    """From the first look to open trades, with every report there is."""
    do = witness.run
    workspace.plan("swing", PLAN.format(units="0.01", target="66000"))
    workspace.plan("other", PLAN.format(units="0.02", target="67000"))
    for words in (
        ["doctor"],
        ["lint", "--online", "-v", "--report", "json=lint.json", "--report", "sarif=lint.sarif"],
        *(["diff", "--format", each, "--report", f"{each}=diff.{each}"] for each in FORMATS),
        ["diff", "--out", "saved.json"],
        ["show", "saved.json"],
        ["apply", "saved.json", "--report", "json=apply.json"],
        ["render", "--body", "plans/swing.yaml"],
        ["report", "--report", "html=page.html", "--report", "json=risk.json",
         "--prices", "btc.csv"],
        ["simulate", "plans/swing.yaml", "--prices", "btc.csv"],
    ):  # fmt: skip
        assert do(workspace, *words) == 0, witness.written[-1]
    workspace.plan("swing", PLAN.format(units="0.01", target="68000"))
    assert do(workspace, "apply", typed="yes\n") == 0, witness.written[-1]


def hold_through(witness: Witness, workspace: Workspace) -> None:
    """From a position to its close, with every command there is for it."""
    do = witness.run
    workspace.exchange.fill(31000001)
    for words in (
        ["status"], ["status", "--format", "json"], ["drift"], ["history"],
        ["history", "--format", "json"], ["state", "check"],
        ["trade", "list", "--format", "csv"], ["trade", "show", "swing", "--format", "json"],
        ["trade", "orders", "swing"], ["trade", "note", "swing", "seen", "--yes"],
        ["trade", "move-stop", "swing", "56000", "--yes"],
        ["trade", "force-process", "swing", "--yes"],
        ["trade", "reduce-funds", "swing", "0.001", "--yes"],
        ["trade", "add-funds", "swing", "0.001", "--yes"],
        ["trade", "cancel", "other", "--yes"], ["forget", "other", "--yes"],
        ["import", "31000001"], ["trade", "close", "swing", "--yes"],
        ["close-all", "--confirm", "desk"], ["history", "swing"],
    ):  # fmt: skip
        do(workspace, *words)
        assert "internal error" not in witness.written[-1][1]


def fail_through(
    witness: Witness, workspace: Workspace, patch: pytest.MonkeyPatch, key: ApiKey
) -> None:
    """Lost answers, refusals that repeat our headers, a closed port."""
    for plan in (workspace.folder / "plans").iterdir():
        plan.unlink()
    workspace.plan("third", PLAN.format(units="0.03", target="69000"))
    lost = (
        Fault(status=502, method="POST", path="/v2/", when="after"),
        Fault(status=200, html=True, method="POST", path="/v2/", when="after"),
    )
    with witness.serving(workspace, patch, key, *lost):
        assert witness.run(workspace, "apply", "--yes") == 0, witness.written[-1]
        assert witness.run(workspace, "trade", "force-process", "third", "--yes") == 6
    assert witness.run(workspace, "resolve", "third", "--wait") == 2
    for status in (401, 403, 422, 404):
        with witness.serving(workspace, patch, key, Fault(status=status, times=None), echo=True):
            for words in (["diff"], ["doctor"], ["status"], ["trade", "list"],
                          ["trade", "show", "31000001"]):  # fmt: skip
                assert witness.run(workspace, *words) != 0
    with witness.serving(
        workspace, patch, key, Fault(status=422, method="POST", times=None), echo=True
    ):
        workspace.plan("fourth", PLAN.format(units="0.04", target="69000"))
        assert witness.run(workspace, "apply", "--yes", "--report", "json=failed.json") == 1
        assert witness.run(workspace, "history", "fourth") == 0
    patch.setenv("SMARTPLAN_BASE_URL", "http://127.0.0.1:9/public/api")
    assert witness.run(workspace, "diff") == 4
    patch.delenv("SMARTPLAN_BASE_URL")
    workspace.plan("third", "trades: [")
    assert witness.run(workspace, "lint") == 1


def everything(
    witness: Witness, workspace: Workspace, patch: pytest.MonkeyPatch, key: ApiKey
) -> None:
    with witness.serving(workspace, patch, key):
        open_through(witness, workspace)
    # Another server is another budget: no test waits for the requests of a minute ago.
    with witness.serving(workspace, patch, key):
        hold_through(witness, workspace)
    fail_through(witness, workspace, patch, key)
    assert witness.keys == {KEY}
    assert witness.methods == {"GET", "POST", "PATCH", "DELETE"}
    assert len(witness.signatures) >= NEEDED


def test_a_life_with_hmac_writes_no_key_no_secret_and_no_signature(
    workspace: Workspace, witness: Witness, hmac_key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything(witness, workspace, monkeypatch, hmac_key)
    assert witness.leaks(workspace.folder, (KEY, SECRET)) == []


def test_a_life_with_rsa_writes_no_line_of_the_key_file(
    workspace: Workspace, witness: Witness, rsa_key, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, lines = rsa_key
    everything(witness, workspace, monkeypatch, key)
    assert witness.leaks(workspace.folder, (KEY, *lines)) == []


def test_a_life_on_postgres_writes_no_password(
    workspace: Workspace,
    witness: Witness,
    hmac_key: ApiKey,
    database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wait(seconds: float) -> None:
        # The server has a clock of its own.
        database.execute("UPDATE smartplan.granted SET tick = tick - %s", seconds)

    monkeypatch.setenv("SMARTPLAN_STATE_URL", database.url)
    hurry(monkeypatch, wait)
    everything(witness, workspace, monkeypatch, hmac_key)
    password = urlsplit(database.url).password
    tables = ("event", "claim", "trade", "changeset", "granted", "refused", "lease")
    rows = [str(row) for table in tables for row in database.execute(f"SELECT * FROM {table}")]
    assert len(rows) > NEEDED
    witness.written.append(("tables", "\n".join(rows)))
    assert witness.leaks(workspace.folder, (KEY, SECRET, password)) == []


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://desk:{STORE}@127.0.0.1:9/desk",
        f"postgresql://127.0.0.1:9/desk?user=desk&password={STORE}",
        f"postgresql://desk:x@{STORE}@127.0.0.1:9/desk",
        f"postgresql://desk:{STORE}/x@127.0.0.1:9/desk",
        f"mysql://desk:{STORE}@127.0.0.1/desk",
        f"password={STORE} host=127.0.0.1",
    ],
)
def test_no_command_repeats_the_password_of_a_store_it_cannot_reach(
    workspace: Workspace, witness: Witness, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    workspace.plan("swing", PLAN.format(units="0.01", target="66000"))
    monkeypatch.setenv("SMARTPLAN_STATE_URL", url)
    for words in (["doctor"], ["state", "check"], ["state", "migrate"], ["diff"], ["history"],
                  ["apply", "--yes"], ["status"], ["trade", "list"]):  # fmt: skip
        assert witness.run(workspace, *words, "--env", "sandbox") in {2, 5}, witness.written[-1]
    assert witness.leaks(workspace.folder, [STORE]) == []


def test_a_defect_of_ours_is_told_without_values(workspace: Workspace) -> None:
    """A library that breaks with our secret in its message, in the middle of a command."""
    broken = workspace.folder / "broken"
    broken.mkdir()
    (broken / "filelock.py").write_text(
        "import os\n"
        "raise RuntimeError(os.environ['SMARTPLAN_API_KEY'], os.environ['SMARTPLAN_API_SECRET'])\n"
    )
    workspace.plan("swing", PLAN.format(units="0.01", target="66000"))
    given = {"PYTHONPATH": str(broken), "SMARTPLAN_API_KEY": KEY, "SMARTPLAN_API_SECRET": SECRET}
    done = smartplan(workspace.folder, "apply", "--yes", **given)
    assert done.returncode == 1
    assert "internal error: RuntimeError at filelock:2" in done.stderr
    assert KEY not in done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("place", ["output", "report", "journal", "log", "budget"])
def test_a_planted_secret_would_be_found(
    workspace: Workspace, witness: Witness, place: str
) -> None:
    witness.signatures.add("planted-signature")
    if place == "output":
        witness.written.append(("doctor", f"the key {SECRET} is fine"))
    elif place == "report":
        (workspace.folder / "page.html").write_text(f"<p>{SECRET}</p>")
    elif place == "journal":
        settings = load(workspace.folder, {}, environment="sandbox")
        store = open_store(settings.state_url, settings.root)
        journal = Journal(store, LockScope("desk", "sandbox"), "r")
        journal.started("apply", {"long": "x" * 5000 + SECRET + "planted-signature"})
        store.close()
    elif place == "log":
        (workspace.state / "state.db-wal").touch(0o600)
        (workspace.state / "state.db-wal").write_bytes(b"\0\1" + SECRET.encode())
    else:
        (workspace.folder / "home").mkdir()
        (workspace.folder / "home" / "budget").write_bytes(b"planted-signature")
    assert witness.leaks(workspace.folder, [SECRET]) != []
