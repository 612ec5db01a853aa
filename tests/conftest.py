"""What every test shares.

Property tests draw the same examples in every run, so that a check says the same twice; new ones
are looked for with ``make explore``.
"""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import hurry, installers, postgres, wheel
from tests.workspace import Console, Workspace

settings.register_profile("check", derandomize=True, deadline=None, database=None)
settings.register_profile(
    "explore", deadline=None, max_examples=2_000, suppress_health_check=list(HealthCheck)
)
settings.load_profile("explore" if os.environ.get("EXPLORE") else "check")


@pytest.fixture(scope="session", autouse=True)
def guard(tmp_path_factory):
    """Stands before the installers of the machine."""
    guard = installers.Guard(tmp_path_factory.mktemp("guard"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", guard.path(os.environ["PATH"]))
        patch.setenv("SMARTPLAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield guard


@pytest.fixture(autouse=True)
def nothing_is_installed(guard):
    """Fails the test that asks for anything to be installed."""
    yield
    assert guard.asked() == ""


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Workspace:
    """A workspace on the embedded exchange in which commands are run, and nothing of ours."""
    monkeypatch.chdir(tmp_path)
    for name in ("API_KEY", "API_SECRET", "API_PRIVATE_KEY_FILE", "BASE_URL"):
        monkeypatch.delenv(f"SMARTPLAN_{name}", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    hurry.hurry(monkeypatch)
    return Workspace(tmp_path, Console(monkeypatch, capsys))


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL that lives as long as the tests do."""
    with postgres.running() as server:
        yield server


@pytest.fixture
def database(postgres_server):
    """The same, with nothing in it."""
    postgres_server.forget()
    return postgres_server


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The wheel and the sdist, and an environment with the wheel: once for all test processes."""
    ours = tmp_path_factory.getbasetemp()
    shared = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    return wheel.built_in(shared / "built")


# A run that a shell put into the background ignores Ctrl-C, and so would every process it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
