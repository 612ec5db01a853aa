"""Steps are the only way to change anything on the exchange."""

import ast
from collections.abc import Iterator
from pathlib import Path

import smartplan
from smartplan.changes.execute.steps import Gateway

PACKAGE = Path(smartplan.__file__).parent
CHANGES = {name for name in vars(Gateway) if not name.startswith("_")} - {"get"}
CLIENTS = {"client", "_client", "gateway", "_gateway"}


def called(file: Path) -> Iterator[str]:
    """What changes something, where it is called on what may be the client of the service."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in CHANGES:
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else None
            owner = node.value.id if isinstance(node.value, ast.Name) else owner
            if owner in CLIENTS:
                yield f"{file.relative_to(PACKAGE)}: {node.attr}"


def test_nothing_else_sends_but_the_question_whether_a_key_may_write() -> None:
    found = {what for file in PACKAGE.rglob("*.py") for what in called(file)}
    senders = {what for what in found if what.startswith("changes/execute/steps.py")}
    assert len(senders) >= len(CHANGES)
    assert found - senders == {"api/health.py: set_note"}
