"""F25: whoever answers may repeat our headers in every way; none of it is shown, stored or logged."""  # noqa: E501

import base64
import html
import logging
import re
import sqlite3
import traceback
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smartplan.api.http import build_client
from smartplan.errors import ServiceError
from smartplan.sandbox.app import create_app
from smartplan.sandbox.server import Server
from smartplan.sandbox.signatures import ApiKey
from smartplan.settings import Credentials, Secret
from tests.cli.canaries import KEY, PLAN, SECRET, TOML
from tests.cli.echoing_proxy import BREAKS, ENTITIES, REFUSALS, EchoingProxy
from tests.workspace import Workspace

READING = (
    ["doctor"], ["diff"], ["diff", "--format", "json", "--report", "markdown=diff.md"],
    ["status"], ["status", "--format", "json"], ["drift"], ["lint", "--online", "-v"],
    ["trade", "list"], ["trade", "show", "swing"], ["trade", "orders", "swing"],
    ["import", "31000002", "--out", "plans/back.yaml"], ["import", "31000002"],
)  # fmt: skip
CHANGING = (
    ["apply", "--yes", "--report", "json=apply.json"],
    ["trade", "note", "swing", "seen", "--yes"],
    ["trade", "move-stop", "swing", "54000", "--yes"],
    ["trade", "force-process", "swing", "--yes"],
    ["trade", "force-start", "swing", "--yes"],
    ["trade", "add-funds", "swing", "0.001", "--yes"],
    ["trade", "reduce-funds", "swing", "0.001", "--yes"],
    ["trade", "cancel", "other", "--yes"],
    ["trade", "close", "swing", "--yes"],
    ["close-all", "--confirm", "desk"],
    ["resolve", "third", "--wait"],
)
AFTERWARDS = (
    ["history"], ["history", "--format", "json"], ["history", "swing"], ["state", "check"],
    ["status"], ["trade", "list", "--format", "csv"],
)  # fmt: skip


# Every way is tried on the client itself below; a whole life is lived beside one of each kind.
REFUSED = ("upper case", "JSON escapes", "base64", "spaces", "limits", "HTML", "Location")
BROKEN = (
    "a status line that is none", "a header without a colon", "a chunk that is none",
    "a Location that is none", "half of JSON",
)  # fmt: skip


# --- how a leak is found: another way than it is prevented --------------------------------------


def readings(text: str) -> Iterator[str]:
    """The text, and what it says once escapes are undone."""
    for _ in range(3):
        yield text
        undone = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text).replace(
            "\\n", " "
        )
        undone = html.unescape(urllib.parse.unquote(undone, errors="replace"))
        if undone == text:
            return
        text = undone


def letters(text: str) -> str:
    return "".join(re.findall(r"[a-z0-9]+", text.lower()))


def parts(secret: str) -> Iterator[str]:
    """All of a short secret, halves of a long one; also in base64."""
    for form in {secret, *(base64.b64encode(b"x" * n + secret.encode()).decode()[8:-8]
                           for n in (0, 1, 2))}:  # fmt: skip
        wanted = letters(form)
        half = max(20, len(wanted) // 2)
        yield from {wanted[:half], wanted[-half:]} if len(wanted) >= 40 else {wanted}


def leaks(texts: dict[str, str], secrets: set[str]) -> list[str]:
    wanted = {part for secret in secrets for part in parts(secret)}
    return [
        f"{where}: {part}"
        for where, text in texts.items()
        for reading in {letters(one) for one in readings(text)}
        for part in wanted
        if part in reading
    ]


def files_below(folder: Path) -> dict[str, str]:
    found = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        found[str(file)] = file.read_bytes().decode("latin-1")
        if file.suffix == ".db":
            connection = sqlite3.connect(file)
            found[f"{file} (tables)"] = "\n".join(connection.iterdump())
            connection.close()
    return found


# --- a life beside a proxy ---------------------------------------------------------------------


class Life:
    """A workspace with two open trades, and everything it has said so far."""

    def __init__(self, workspace: Workspace, key: ApiKey, patch: pytest.MonkeyPatch) -> None:
        self.workspace, self.patch = workspace, patch
        self.texts: dict[str, str] = {}
        self.signatures: set[str] = set()
        file = workspace.toml
        since = next(line for line in file.read_text().splitlines() if line.startswith("since"))
        file.write_text(TOML.format(since=since.partition("= ")[2]))
        workspace.plan("swing", PLAN.format(units="0.01", target="66000"))
        workspace.plan("other", PLAN.format(units="0.02", target="67000"))
        self._app = create_app(workspace.exchange, keys=(key,), sleep=lambda _: None)

    @contextmanager
    def beside(self, say, repeats=lambda method: True) -> Iterator[EchoingProxy]:
        with Server(self._app, port=0) as server:
            proxy = EchoingProxy(int(server.url.rpartition(":")[2]), say, repeats)
            self.patch.setenv(
                "XDG_STATE_HOME", str(self.workspace.folder / f"home-{len(self.texts)}")
            )
            self.patch.setenv("SMARTPLAN_BASE_URL", proxy.url)
            try:
                yield proxy
            finally:
                proxy.close()
                self.signatures |= proxy.signatures

    def do(self, *commands: list[str]) -> None:
        for words in commands:
            ran = self.workspace.run(*words)
            self.texts[f"{len(self.texts)} {' '.join(words)}"] = ran.out + ran.err
            assert "internal error" not in ran.err, ran.err

    def begin(self) -> None:
        with self.beside(lambda heard: b"", lambda method: False):
            self.do(["apply", "--yes"])
        assert "[2/2] swing: done" in next(iter(self.texts.values()))
        self.workspace.exchange.fill(31000002)
        self.workspace.plan("swing", PLAN.format(units="0.01", target="66500"))
        self.workspace.plan("third", PLAN.format(units="0.03", target="69000"))

    def leaks(self, *secrets: str) -> list[str]:
        assert self.signatures
        texts = self.texts | files_below(self.workspace.folder)
        return leaks(texts, {*secrets, *self.signatures})


def is_change(method: str) -> bool:
    return method != "GET"


@pytest.fixture
def life(workspace: Workspace, hmac_key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> Life:
    life = Life(workspace, hmac_key, monkeypatch)
    life.begin()
    return life


@pytest.mark.parametrize("way", REFUSED)
def test_a_refusal_repeats_nothing(life: Life, way: str) -> None:
    with life.beside(REFUSALS[way]) as proxy:
        life.do(*READING)
    assert proxy.said > 5
    with life.beside(REFUSALS[way], is_change) as proxy:
        life.do(*CHANGING)
    assert proxy.said > 5
    with life.beside(ENTITIES["notes"]):
        life.do(*AFTERWARDS)
    assert life.leaks(KEY, SECRET) == []


@pytest.mark.parametrize("way", BROKEN)
def test_a_broken_answer_repeats_nothing(life: Life, way: str) -> None:
    with life.beside(BREAKS[way], is_change) as proxy:
        life.do(*CHANGING)
    assert proxy.said > 3
    with life.beside(BREAKS[way]):
        life.do(["diff"])  # four tries, a second apart and more
    with life.beside(ENTITIES["notes"]):
        life.do(*AFTERWARDS)
    assert life.leaks(KEY, SECRET) == []


@pytest.mark.parametrize("way", ["notes", "notes in base64"])
def test_a_note_or_a_name_repeats_nothing(life: Life, way: str) -> None:
    said = 0
    for commands in (READING, CHANGING, AFTERWARDS):
        with life.beside(ENTITIES[way]) as proxy:
            life.do(*commands)
        said += proxy.said
    assert said > 20
    shown = next(text for what, text in life.texts.items() if "trade show" in what)
    assert "(redacted)" in shown
    assert life.leaks(KEY, SECRET) == []


@pytest.mark.parametrize("way", ["plain", "JSON escapes", "base64 of the bytes", "notes"])
def test_a_signature_of_an_rsa_key_is_not_repeated(
    workspace: Workspace, rsa_key, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    key, lines = rsa_key
    life = Life(workspace, key, monkeypatch)
    life.begin()
    with life.beside((REFUSALS | ENTITIES)[way]) as proxy:
        life.do(["diff"], ["doctor"], ["trade", "list"], ["apply", "--yes"], ["history"])
    assert proxy.said > 3
    assert life.leaks(KEY, *lines) == []


# --- a library ----------------------------------------------------------------------------------


def everything_of(error: BaseException | None) -> str:
    """What a crash reporter may show: every error behind it, and what they hold."""
    told, seen = [], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        told += [repr(error), repr(vars(error)), *traceback.format_exception(error)]
        error = error.__cause__ or error.__context__
    return "\n".join(told)


def attempt(client, method: str, body) -> tuple[ServiceError | None, object]:
    try:
        return None, client.request(method, "/v2/smart_trades", body=body)
    except ServiceError as error:
        return error, None


@pytest.mark.parametrize("way", [*REFUSALS, *BREAKS, *ENTITIES])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_error_and_no_log_line_holds_it(
    caplog: pytest.LogCaptureFixture, workspace: Workspace, way: str, method: str
) -> None:
    caplog.set_level(logging.DEBUG)
    key = ApiKey(KEY, SECRET)
    credentials = Credentials(Secret(KEY), Secret(SECRET))
    with Server(create_app(workspace.exchange, keys=(key,)), port=0) as server:
        proxy = EchoingProxy(
            int(server.url.rpartition(":")[2]), (REFUSALS | BREAKS | ENTITIES)[way]
        )
        client = build_client(proxy.url, credentials, sleep=lambda _: None)
        body = {"account_id": 1} if method == "POST" else None
        with client:
            caught, answer = attempt(client, method, body)
        proxy.close()
    logged = "\n".join(f"{one.name} {one.getMessage()} {one.exc_info}" for one in caplog.records)
    assert "httpcore" in logged
    texts = {
        "error": everything_of(caught),
        "answer": repr(answer),
        "log": logged,
        "captured": caplog.text,
    }
    assert proxy.said
    assert leaks(texts, {KEY, SECRET, *proxy.signatures}) == []


@pytest.mark.parametrize("whole", [True, False])
def test_a_key_where_the_path_of_its_file_belongs_is_not_repeated(
    workspace: Workspace, rsa_key, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    _, lines = rsa_key
    pem = "\n".join(("-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"))
    given = pem if whole else pem.replace("\n", " ")
    monkeypatch.setenv("SMARTPLAN_API_PRIVATE_KEY_FILE", given)
    workspace.plan("swing", PLAN.format(units="0.01", target="66000"))
    for words in (["doctor"], ["diff", "--env", "paper"], ["trade", "list", "--env", "paper"]):
        ran = workspace.run(*words)
        assert leaks({"said": ran.out + ran.err}, set(lines)) == []
        assert "internal error" not in ran.err
    assert "not the path of its file" in ran.err


# --- and the proof that it would be found -------------------------------------------------------


@pytest.mark.parametrize("written", [
    SECRET, SECRET.upper(), base64.b64encode(SECRET.encode()).decode(),
    "".join(f"\\u{ord(character):04x}" for character in SECRET),
    urllib.parse.quote("".join(f"%{ord(character):02x}" for character in SECRET)),
    " ".join(SECRET), f"&#{ord(SECRET[0])};{SECRET[1:]}",
])  # fmt: skip
def test_a_leak_would_be_found(written: str) -> None:
    assert leaks({"here": f"<p>{written}</p>"}, {SECRET}) != []
    assert leaks({"here": "<p>nothing</p>"}, {SECRET}) == []
