"""Where a password of the store may go: decided by the environment, never in clear off this machine."""  # noqa: E501

import socket
import threading
from contextlib import suppress

import pytest

from smartplan import settings
from smartplan.errors import SmartplanError, UsageError
from smartplan.state.opening import open_store
from tests.process import smartplan

PASSWORD = "hunter2-hunter2"
PLAN = "account: main\npair: USDT_BTC\n"
_STARTUP = b"\x00\x03\x00\x00"
_CLEARTEXT = b"R\x00\x00\x00\x08\x00\x00\x00\x03"


class Trap:
    """A server that asks whoever comes for a password in clear, and keeps all it is sent."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(5)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        while content := connection.recv(4096):
            self.heard.append(content)
            if content[4:8] == _STARTUP:
                connection.sendall(_CLEARTEXT)
            elif len(content) == 8:
                connection.sendall(b"N")  # neither TLS nor GSS here
            else:
                said = f"S\0FATAL\0C28P01\0Mno entry with {PASSWORD}\0\0".replace("S\0", "S", 1)
                body = b"SFATAL\0C28P01\0M" + said.rpartition("M")[2].encode()
                connection.sendall(b"E" + (len(body) + 4).to_bytes(4, "big") + body)
                return


@pytest.fixture
def trap():
    trap = Trap()
    yield trap
    trap.close()


@pytest.fixture(autouse=True)
def _clean(monkeypatch, tmp_path):
    """No setting of libpq but those that a test makes."""
    import os

    for name in list(os.environ):
        if name.startswith("PG"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "nowhere"))


# --- what the repository says ------------------------------------------------------------------

IN_THE_FILE = [
    "postgresql://me@127.0.0.1:{port}/desk",
    "postgresql+psycopg://me@127.0.0.1:{port}/desk",
    "postgresql://me@0.0.0.0:{port}/desk?sslmode=disable",
    "postgresql://me@db.example:{port}/desk?hostaddr=127.0.0.1",
    "postgresql:///desk?host=127.0.0.1&port={port}",
    "postgresql:///desk?%68ost=127.0.0.1&port={port}",
    "postgresql://me@db.example,127.0.0.1:{port}/desk?sslmode=prefer",
    "postgresql:///desk?host=/tmp",
    "postgresql:///desk",
    "postgres://me@127.0.0.1:{port}/desk",
    "PostgreSQL://me@127.0.0.1:{port}/desk",
    "postgresql:///desk?service=theirs",
    " postgresql://me@127.0.0.1:{port}/desk",
]


@pytest.mark.parametrize("url", IN_THE_FILE)
def test_the_repository_cannot_name_a_server(tmp_path, trap, url):
    text = f'workspace = "desk"\n[state]\nurl = "{url.format(port=trap.port)}"\n'
    (tmp_path / "smartplan.toml").write_text(text)
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "btc.yaml").write_text(PLAN)
    given = {"PGPASSWORD": PASSWORD, "PGHOST": "127.0.0.1", "PGPORT": str(trap.port)}
    for words in (["diff"], ["state", "check"], ["doctor"]):
        done = smartplan(tmp_path, *words, **given)
        assert done.returncode == 2, (words, done.stdout, done.stderr)
        assert "SMARTPLAN_STATE_URL" in done.stderr
    assert trap.heard == []


def test_the_environment_may_name_a_server_where_the_repository_names_a_file(tmp_path):
    (tmp_path / "smartplan.toml").write_text('[state]\nurl = "sqlite:///other.db"\n')
    given = {"SMARTPLAN_STATE_URL": "postgresql://me@db.example/desk"}
    assert settings.load(tmp_path, given).state_url == given["SMARTPLAN_STATE_URL"]


# --- what the environment says -----------------------------------------------------------------

WEAKER = [
    "sslmode=disable",
    "sslmode=allow",
    "sslmode=prefer",
    "sslmode=require",
    "sslmode=verify-ca",
    "sslmode=%64isable",
    "application_name=x&sslmode=disable",
]


@pytest.mark.parametrize("option", WEAKER)
def test_no_option_of_the_url_lets_a_server_elsewhere_go_without_proof(trap, option):
    with pytest.raises(UsageError, match="verify-full"):
        open_store(f"postgresql://me:{PASSWORD}@0.0.0.0:{trap.port}/desk?{option}", None)
    assert trap.heard == []


@pytest.mark.parametrize("option", ["service=theirs", "servicefile=/tmp/x"])
def test_a_service_file_cannot_stand_in_for_the_url(trap, option):
    with pytest.raises(UsageError, match=r"service|cannot be read"):
        open_store(f"postgresql://me:{PASSWORD}@127.0.0.1:{trap.port}/desk?{option}", None)
    assert trap.heard == []


ELSEWHERE = [
    "postgresql://me:{pw}@0.0.0.0:{port}/desk",
    "postgresql://me:{pw}@127.1:{port}/desk",
    "postgresql:///desk?host=0.0.0.0&port={port}&user=me&password={pw}",
    "postgresql://me:{pw}@localhost:{port}/desk?hostaddr=0.0.0.0",
    "postgresql://me:{pw}@0.0.0.0:{port},127.0.0.1:{port}/desk",
    "postgresql://me:{pw}@127.0.0.1:{port},0.0.0.0:{port}/desk",
    "postgresql://me:{pw}@[::]:{port},127.1:{port}/desk",
    "postgresql://me:{pw}@/desk?host=localhost,0.0.0.0&port={port}&hostaddr=127.0.0.1,0.0.0.0",
    "postgresql://me:{pw}@db.example:{port}/desk?hostaddr=127.0.0.1",
    "postgresql://me:{pw}@%30.0.0.0:{port}/desk",
]


@pytest.mark.parametrize("url", ELSEWHERE)
@pytest.mark.parametrize("mode", ["disable", "prefer", "require", None])
def test_a_password_goes_in_clear_to_no_address_but_a_loopback_one(trap, monkeypatch, url, mode):
    if mode:
        monkeypatch.setenv("PGSSLMODE", mode)
    with pytest.raises(SmartplanError) as caught:
        open_store(url.format(pw=PASSWORD, port=trap.port), None)
    assert PASSWORD.encode() not in b"".join(trap.heard)
    assert PASSWORD not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("given", [
    {"PGHOSTADDR": "0.0.0.0"},
    {"PGHOSTADDR": "0.0.0.0", "PGSSLMODE": "disable"},
    {"PGSERVICE": "theirs"},
])  # fmt: skip
def test_what_libpq_reads_by_itself_does_not_move_the_password(trap, monkeypatch, tmp_path, given):
    services = tmp_path / "services"
    services.write_text("[theirs]\nhostaddr=0.0.0.0\nsslmode=disable\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SmartplanError):
        open_store(f"postgresql://me:{PASSWORD}@localhost:{trap.port}/desk", None)
    assert trap.heard != []
    assert PASSWORD.encode() not in b"".join(trap.heard)


def test_a_server_named_by_the_environment_of_libpq_has_to_prove_itself_too(trap, monkeypatch):
    monkeypatch.setenv("PGHOST", "0.0.0.0")
    monkeypatch.setenv("PGPORT", str(trap.port))
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with pytest.raises(SmartplanError):
        open_store("postgresql:///desk", None)
    assert trap.heard != []
    assert PASSWORD.encode() not in b"".join(trap.heard)


@pytest.mark.parametrize("how", ["url", "PGPASSWORD", "passfile"])
def test_a_server_on_loopback_gets_the_password_and_cannot_make_us_print_it(
    trap, monkeypatch, tmp_path, how
):
    where = f"127.0.0.1:{trap.port}/desk"
    if how == "PGPASSWORD":
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
    if how == "passfile":
        file = tmp_path / "pgpass"
        file.write_text(f"*:*:*:*:{PASSWORD}\n")
        file.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(file))
    user = f"me:{PASSWORD}" if how == "url" else "me"
    with pytest.raises(SmartplanError, match="no entry with") as caught:
        open_store(f"postgresql://{user}@{where}", None)
    assert PASSWORD.encode() in b"".join(trap.heard)
    assert PASSWORD not in f"{caught.value}{caught.value.hint}"
