"""A workspace of its own for each test; ``--golden`` rewrites what the sessions expect."""

from pathlib import Path

import pytest

from tests.desk import Desk


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="Rewrite tests/cli/*/session.")


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    """``smartplan`` on the embedded exchange."""
    return Desk(tmp_path, monkeypatch, capsys)
