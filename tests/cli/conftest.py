"""``--golden`` rewrites what the recorded sessions expect."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="Rewrite tests/cli/*/session.")
