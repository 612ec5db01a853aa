"""The pictures of the README, made from real runs on the embedded exchange: ``make pictures``."""

import os
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from docs.svg import DARK, LIGHT, Span, drawing, spans
from smartplan.report.folds import folded

FOLDER = Path(__file__).parent / "pictures"
COLUMNS = 110

_TOML = """\
workspace = "desk"
since = 2026-11-22

[environments.sandbox.accounts]
main = 1

[risk.equity]
USDT = 10000

[policy]
max_loss_at_stop = {limit = "1%", level = "soft"}
"""
_PLAN = """\
trades:
  {name}:
    account: main
    pair: {pair}
    position: {{type: buy, order_type: limit, units: {{value: {units}}}, price: {{value: {entry}}}}}
    take_profit:
      enabled: true
      steps:
        - {{order_type: limit, price: {{value: {first}, type: bid}}, volume: 50}}
        - order_type: market
          price: {{value: {last}, type: bid}}
          volume: 50
          trailing: {{enabled: true, percent: 2}}
    stop_loss:
      enabled: true
      order_type: market
      conditional: {{price: {{value: {stop}, type: bid}}}}
"""
_TRADES = {
    "btc-swing": ("USDT_BTC", "0.01", 60000, 66000, 72000, 56000),
    "eth-range": ("USDT_ETH", "0.2", 2400, 2600, 2800, 2300),
    "ada-dip": ("USDT_ADA", "500", "0.4", "0.44", "0.48", "0.38"),
}
_NEW = {"sol-box": ("USDT_SOL", "10", 140, 160, 175, 125)}
_UNTIL = re.compile(r"(?m)^until: .*$")


def pictures() -> dict[str, str]:
    """Every picture by its file name."""
    with tempfile.TemporaryDirectory() as made:
        desk = Path(made)
        _open_trades(desk)
        diff = _at_terminal(desk, "diff")
        report = _at_terminal(desk, "report", "plans/btc-swing.yaml", "--offline")
        comment = _comment(desk)
    return {
        "diff.svg": drawing(_painted("diff", diff), "smartplan diff", DARK),
        "report.svg": drawing(
            _painted("report plans/btc-swing.yaml", report), "smartplan report", DARK
        ),
        "comment.svg": drawing([*_of_markdown(comment)], "The comment on a pull request", LIGHT),
    }


def _open_trades(desk: Path) -> None:
    """Three trades are open; then one stop moves by hand, a plan changes, another is new."""
    (desk / "smartplan.toml").write_text(_TOML, encoding="utf-8")
    (desk / "plans").mkdir()
    for name, figures in _TRADES.items():
        _write(desk, name, *figures)
    _run(desk, "apply", "--yes")
    _run(desk, "trade", "move-stop", "ada-dip", "0.36", "--yes")
    pair, units, entry, first, last, _ = _TRADES["eth-range"]
    _write(desk, "eth-range", pair, units, entry, first, last, 2350)
    for name, figures in _NEW.items():
        _write(desk, name, *figures)


def _write(desk: Path, name: str, *figures: object) -> None:
    keys = ("pair", "units", "entry", "first", "last", "stop")
    text = _PLAN.format(name=name, **dict(zip(keys, figures, strict=True)))
    (desk / "plans" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _environment(**more: str) -> dict[str, str]:
    ours = {
        k: v for k, v in os.environ.items() if not k.startswith(("SMARTPLAN_", "GITHUB_", "CI"))
    }
    return {**ours, "COLUMNS": str(COLUMNS), "LC_ALL": "C.UTF-8", **more}


def _run(desk: Path, *words: str, **more: str) -> None:
    command = [sys.executable, "-m", "smartplan", *words]
    subprocess.run(command, cwd=desk, env=_environment(**more), check=True, capture_output=True)  # noqa: S603  # our own words


def _at_terminal(desk: Path, *words: str) -> list[str]:
    """What a person sees, with its colours."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603  # our own words
        [sys.executable, "-m", "smartplan", *words],
        cwd=desk, env=_environment(), stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs)
    seen = b"".join(_read(ours))
    os.close(ours)
    if process.wait() != 0:
        raise SystemExit(f"smartplan {' '.join(words)} ended with {process.returncode}")
    return seen.decode().replace("\r\n", "\n").rstrip("\n").split("\n")


def _read(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            found = os.read(descriptor, 65536)
        except OSError:  # the other end is closed
            return
        if not found:
            return
        yield found


def _painted(command: str, lines: Sequence[str]) -> list[list[Span]]:
    prompt: list[Span] = [("$ ", frozenset({"dim"})), (f"smartplan {command}", frozenset({"bold"}))]
    return [prompt, [], *map(spans, lines)]


def _comment(desk: Path) -> str:
    """The Markdown of a diff in CI; the date that it proposes stands still."""
    _run(desk, "diff", "--report", "markdown=comment.md", GITHUB_ACTIONS="true")
    text = (desk / "comment.md").read_text(encoding="utf-8")
    return _UNTIL.sub("until: 2026-11-24T12:00:00Z", text)


def _of_markdown(text: str) -> Iterator[list[Span]]:
    """The comment as GitHub lays it out, in one fixed font; details are shut."""
    shut, close = False, True
    for kind, block in _blocks(MarkdownIt("gfm-like", {"linkify": False}).parse(text)):
        raw = block[0][0] if block else ""
        if raw.startswith("<details"):
            found = re.search(r"<summary>(.*?)</summary>", raw)
            yield [("▸ ", frozenset({"dim"})), (found[1] if found else "", frozenset())]
        if kind == "html":
            shut = raw.startswith("<details") or (shut and not raw.startswith("</details"))
        elif not shut:
            if not close and kind not in _CLOSE:
                yield []
            yield from _wrapped(block)
        close = kind == "html"


_CLOSE = {"item", "code", "row"}
"""Blocks that follow each other without a blank line."""


def _blocks(tokens: Sequence[Token]) -> Iterator[tuple[str, list[Span]]]:
    depth, row = 0, list[list[Span]]()
    for at, token in enumerate(tokens):
        before = tokens[at - 1].type if at else ""
        if token.type in {"bullet_list_open", "bullet_list_close"}:
            depth += 1 if token.type.endswith("open") else -1
        elif token.type == "html_block":
            yield "html", [(token.content.strip(), frozenset())]
        elif token.type == "fence":
            yield "text", []
            for line in token.content.splitlines():
                yield "code", [(f"    {line}", frozenset({"blue"}))]
        elif token.type == "tr_close":
            yield from _row(row)
            row = []
        elif token.type == "inline" and before in {"td_open", "th_open"}:
            row.append(_inline(token, bold=before == "th_open"))
        elif token.type == "inline":
            lead = [(f"{'  ' * (depth - 1)}• ", frozenset[str]())] if depth else []
            kind = "item" if depth else "text"
            yield kind, [*lead, *_inline(token, bold=before == "heading_open")]


_WIDE = (2, 11, 11, 0)
"""Columns of the table: sign, trade, live, what is done."""


def _row(cells: Sequence[list[Span]]) -> Iterator[tuple[str, list[Span]]]:
    """A row of the table: what is done, and below it the risk, which is its last cell."""
    *first, risk = cells
    if len(first) != len(_WIDE) or any("bold" in styles for _, styles in risk[:1]):
        return  # the heading, or the fields of a trade, whose details are shut
    line: list[Span] = []
    for cell, room in zip(first, _WIDE, strict=True):
        line += [*cell, (" " * max(1, room - sum(len(t) for t, _ in cell)), frozenset())]
    yield "row", line
    if risk:
        yield "row", [("    ", frozenset()), *risk]


def _inline(token: Token, *, bold: bool) -> list[Span]:
    found: list[Span] = []
    strong = bold
    for child in token.children or []:
        if child.type == "strong_open":
            strong = True
        elif child.type == "strong_close":
            strong = bold
        elif child.type in {"text", "code_inline"}:
            styles = {"blue"} if child.type == "code_inline" else set()
            text = child.content.replace("\u200b", "")
            found.append((text, frozenset(styles | ({"bold"} if strong else set()))))
        elif child.type == "softbreak":
            found.append((" ", frozenset()))
    return found


def _wrapped(block: Sequence[Span]) -> Iterator[list[Span]]:
    """A block in so many columns; where it is broken, its styles go."""
    whole = "".join(text for text, _ in block)
    if len(whole.rstrip()) <= COLUMNS:
        yield [*block]
        return
    yield from ([(part, frozenset())] for part in folded(whole.rstrip(), COLUMNS))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, picture in pictures().items():
        (FOLDER / name).write_text(picture, encoding="utf-8")
