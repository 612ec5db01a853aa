"""What people see at a terminal of 80 and of 120 columns, driven for real."""

import re
from pathlib import Path

import pytest

from tests.bodies import LONG, NAKED
from tests.plans import TWO_TARGETS
from tests.terminals import REDRAWN, plain, shown, terminal, widest
from tests.workspace import Workspace

GOLDEN = Path(__file__).parent / "terminal"
"""What a terminal of so many columns shows; ``make golden`` rewrites it, and somebody reads it."""
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
SHORT_MISTAKE = TWO_TARGETS.replace("55000", "61000")


@pytest.fixture
def desk(workspace: Workspace) -> Workspace:
    """A position, an entry that waits, a position without a stop that no plan names."""
    workspace.plan("btc", TWO_TARGETS)
    waiting = TWO_TARGETS.replace("btc-swing", "btc-lower").replace("60000", "58000")
    workspace.plan("lower", waiting.replace("0.01}", "0.02}"))
    workspace.open(LONG, name="btc-swing", filled=True)
    lower = LONG | {"position": LONG["position"] | {"price": {"value": "58000"}}}
    workspace.open(lower, name="btc-lower")
    workspace.open(NAKED, name="orphan", filled=True)
    workspace.tick("USDT_BTC", "61000")
    return workspace


def test_status_at_80_columns_is_stacked_and_fits(desk: Workspace) -> None:
    lines = shown(desk.folder, "status", columns=80)
    assert widest(lines) <= 80
    text = "\n".join(lines)
    # (66000 − 61000) / 61000; (55000 − 61000) / 61000; (58000 − 61000) / 61000
    assert "btc-swing  waiting_targets  +8.78 USDT (+1.46 %)" in text
    assert "USDT_BTC · next 66000 (+8.20 %) · stop 55000 (-9.84 %) · last 61000" in text
    assert "next entry 58000 (-4.92 %)" in text
    assert "⚠ an open position without a stop loss" in text


def test_status_at_120_columns_is_a_table_without_what_can_be_spared(desk: Workspace) -> None:
    lines = shown(desk.folder, "status", columns=120)
    assert widest(lines) <= 120
    (head,) = (line for line in lines if "NAME" in line)
    assert head.split() == ["NAME", "PAIR", "STATUS", "ENTRY", "LAST", "NEXT", "STOP", "P/L"] or (
        {"NAME", "STATUS", "NEXT", "STOP", "P/L"} <= set(head.split()) and "HELD" not in head
    )
    assert any("entry 58000 (-4.92 %)" in line for line in lines)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(
    "arguments",
    [("diff",), ("report",), ("trade", "list"), ("history",), ("markets", "USDT"), ("doctor",)],
    ids=lambda words: words[0],
)
def test_everything_fits(desk: Workspace, columns: int, arguments: tuple[str, ...]) -> None:
    lines = shown(desk.folder, *arguments, columns=columns)
    lines = [line for line in lines if len(line.split()) > 1]  # a path is in one piece
    assert widest(lines) <= columns, max(lines, key=len)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", ["status", "diff", "history", "markets"])
def test_it_looks_as_it_was_read(
    desk: Workspace, command: str, columns: int, request: pytest.FixtureRequest
) -> None:
    if command == "history":
        assert desk.run("trade", "move-stop", "btc-swing", "56000", "--yes").code == 0
    lines = shown(
        desk.folder, command, *(["USDT_B"] if command == "markets" else []), columns=columns
    )
    text = TIME.sub("0000-00-00 00:00:00", "\n".join(line.rstrip() for line in lines)) + "\n"
    file = GOLDEN / f"{command}-{columns}.txt"
    if request.config.getoption("--golden", default=False):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_a_finding_fits_and_its_caret_stands_under_the_value(workspace: Workspace) -> None:
    workspace.plan("btc", SHORT_MISTAKE)
    with terminal(workspace.folder, "lint", columns=80) as session:
        assert session.end() == 1
    lines = plain(session.seen)
    assert widest(lines) <= 80
    at = next(number for number, line in enumerate(lines) if line.rstrip().endswith("^"))
    assert lines[at - 1][lines[at].index("^") :].startswith("61000")


def test_a_pipe_gets_whole_lines(desk: Workspace) -> None:
    assert max(map(len, desk.run("status").out.splitlines())) > 120


def test_a_watch_keeps_its_head_and_the_worst_in_view(desk: Workspace) -> None:
    for number in range(12):
        desk.plan(f"more-{number}", TWO_TARGETS.replace("btc-swing", f"more-{number}"))
    watch = ("status", "--watch", "--interval", "2")
    with terminal(desk.folder, *watch, columns=80, lines=14) as session:
        session.until(REDRAWN, 2)
        session.interrupt()
        assert session.end() == 0
    screen = plain(session.seen.split(REDRAWN)[1])
    assert len(screen) < 14
    assert "workspace desk" in " ".join(screen[:2])
    assert any(line.startswith("! orphan (in no plan)") for line in screen[:5])
    assert any("more trades" in line for line in screen)
    assert "1 needs you" in screen[-1]


def test_a_prompt_and_the_progress_at_a_terminal(workspace: Workspace) -> None:
    workspace.plan("btc", TWO_TARGETS)
    with terminal(workspace.folder, "apply") as session:
        session.until("Only `yes` is taken: ")
        session.type("yes\n")
        assert session.end() == 0
    lines = plain(session.seen)
    assert "[1/1] btc-swing: done" in lines
    assert any(line.startswith("✓ btc-swing  #") for line in lines)
    assert widest(lines) <= 80
    with terminal(workspace.folder, "close-all") as session:
        session.until("is taken: ")
        session.type("no\n")
        assert session.end() == 5
    assert "not confirmed" in session.seen
