"""``--proxy`` and ``--ca-bundle``: the way to the service is the user's choice alone."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from tests.plans import PLAN

TOML = 'workspace = "desk"\n[environments.real.accounts]\nmain = 5\n'


def diff(folder: Path, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    (folder / "smartplan.toml").write_text(TOML)
    (folder / "plan.yaml").write_text(PLAN)
    command = [sys.executable, "-m", "smartplan", *options, "diff", "plan.yaml", "--env", "real"]
    given = {
        **{k: v for k, v in os.environ.items() if not k.startswith("SMARTPLAN")},
        "SMARTPLAN_API_KEY": "key-of-the-test",
        "SMARTPLAN_API_SECRET": "secret-of-the-test",
        "SMARTPLAN_BASE_URL": "https://exchange.invalid/public/api",
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        **environ,
    }
    return subprocess.run(
        command, cwd=folder, env=given, capture_output=True, text=True, timeout=120
    )


class Proxy:
    """Notes the head of one connection, answers ``reply``, and closes it."""

    def __init__(self, reply: bytes = b"") -> None:
        self._reply = reply
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(60)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked = b""
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        self._listener.close()
        with connection:
            self.asked = connection.recv(4096)
            connection.sendall(self._reply)

    def close(self) -> None:
        self._listener.close()
        self._thread.join(5)


def test_a_proxy_that_is_asked_for_is_used_and_sees_no_key(tmp_path: Path) -> None:
    proxy = Proxy()
    result = diff(tmp_path, "--proxy", proxy.url)
    proxy.close()
    assert result.returncode == 4
    assert proxy.asked.startswith(b"CONNECT exchange.invalid:443 ")
    assert b"key-of-the-test" not in proxy.asked


def test_a_proxy_that_lets_nobody_through_is_no_doubt_and_its_password_stays_unsaid(
    tmp_path: Path,
) -> None:
    proxy = Proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    result = diff(tmp_path, "--proxy", proxy.url.replace("://", "://me:hunter2@"))
    proxy.close()
    assert b"Proxy-Authorization: Basic " in proxy.asked
    assert result.returncode == 4
    assert "The proxy let nothing through: 407 Proxy Authentication Required" in result.stderr
    assert "Nothing was sent" in result.stderr
    assert "hunter2" not in result.stdout + result.stderr


def test_a_proxy_that_cannot_be_reached_or_read_is_told_without_its_password(
    tmp_path: Path,
) -> None:
    closed = Proxy()
    closed.close()
    unreachable = diff(tmp_path, "--proxy", closed.url.replace("://", "://me:hunter2@"))
    assert unreachable.returncode == 4
    assert "hunter2" not in unreachable.stdout + unreachable.stderr
    for url in ("http://me:hunter2@host:99999", "http://me:hun\x01ter2@host:1", "me:hunter2@host:1",
                "http://me:hunter2/@host:1"):  # fmt: skip
        refused = diff(tmp_path, "--proxy", url)
        assert refused.returncode == 2, url
        assert "--proxy is no proxy's address" in refused.stderr
        assert "hunter2" not in refused.stdout + refused.stderr


def test_a_proxy_of_the_environment_is_ignored(tmp_path: Path) -> None:
    proxy = Proxy()
    result = diff(tmp_path, HTTPS_PROXY=proxy.url, ALL_PROXY=proxy.url)
    proxy.close()
    assert result.returncode == 4
    assert proxy.asked == b""


def test_a_missing_bundle_and_an_impossible_proxy_are_usage_errors(tmp_path: Path) -> None:
    assert diff(tmp_path, "--ca-bundle", "missing.pem").returncode == 2
    assert diff(tmp_path, "--proxy", "nonsense").returncode == 2


def test_a_base_url_with_a_password_is_refused_without_repeating_it(tmp_path: Path) -> None:
    for url in ("https://me:hunter2@api.3commas.io/x", "https://api.3commas.io/x?key=hunter2",
                "hunter2", "https://api.3commas.io:hunter2/x"):  # fmt: skip
        refused = diff(tmp_path, SMARTPLAN_BASE_URL=url)
        assert refused.returncode == 2
        assert "SMARTPLAN_BASE_URL" in refused.stderr
        assert "hunter2" not in refused.stdout + refused.stderr
