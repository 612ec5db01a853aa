"""A workspace of its own for each test."""

from pathlib import Path

import pytest

from tests.desk import Desk


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    """``smartplan`` on the embedded exchange."""
    return Desk(tmp_path, monkeypatch, capsys)
